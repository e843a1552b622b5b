//! mmash behind a real nginx.

use std::collections::BTreeSet;

use crate::client::{Events, get};
use crate::nginx::Nginx;
use crate::server::{Server, new_place, start};

/// The next event is an hour away, so a proxy that waits for more than the first one waits for long.
#[test]
fn the_first_event_passes_a_proxy_at_once() {
    let place = new_place();
    let _web = crate::writer::publish(&place, "web.mmstats");
    let listen = ["--listen", "127.0.0.1:0", "--interval", "1h", "."];
    let server = Server::spawn(&mut place.command(listen));
    let Some(nginx) = Nginx::start("/", server.address) else { return };
    let mut events = Events::open(nginx.address, "/api/v1/stream");
    assert!(events.next().expect("an event")["time"].is_number());
}

#[test]
fn each_event_passes_a_proxy_when_it_comes() {
    let place = new_place();
    let web = crate::writer::publish(&place, "web.mmstats");
    let server = start(&place);
    let Some(nginx) = Nginx::start("/", server.address) else { return };
    let name = server.json("/api/v1/processes")["processes"][0]["application"].as_str().unwrap().to_owned();
    let mut events = Events::open(nginx.address, &format!("/api/v1/stream?top=0&series={name}/web.hits"));
    // One after the other: what is counted is seen before more is counted.
    for hits in 1..=5 {
        web.hits.incr();
        while events.next().expect("an event")["series"][0]["value"] != hits {}
    }
}

#[test]
fn all_of_the_page_is_found_below_the_path_of_a_proxy() {
    let server = start(&new_place());
    let Some(nginx) = Nginx::start("/tools/mmash/", server.address) else { return };
    let base = "/tools/mmash/";
    let mut found = BTreeSet::new();
    let mut waiting = vec![base.to_owned()];
    while let Some(target) = waiting.pop() {
        if !found.insert(target.clone()) {
            continue;
        }
        let answer = get(nginx.address, &target, "");
        assert_eq!(answer.status, 200, "{target}");
        for start in ["href=\"", "src=\"", "from \"", "import \""] {
            let links = answer.body.split(start).skip(1).filter_map(|rest| rest.split('"').next());
            // Those within the page, and those of other sites in a licence or a namespace.
            let links =
                links.filter(|link| !link.is_empty() && !link.starts_with('#') && !link.contains("://"));
            waiting.extend(links.map(|link| resolve(&target, link)));
        }
    }
    assert!(found.iter().all(|target| target.starts_with(base)), "{found:?}");
    for name in
        ["page/style.css", "page/main.js", "page/api.js", "page/uplot/uPlot.esm.js", "api/v1/openapi.json"]
    {
        assert!(found.contains(&format!("{base}{name}")), "{name}: {found:?}");
    }
    // Redirects stay below it, too.
    for (target, to) in [("stats", "stats/"), ("graph", "graph/"), ("graph/", "")] {
        let answer = get(nginx.address, &format!("{base}{target}"), "");
        let location = answer.header("location").unwrap();
        assert_eq!(resolve(&format!("{base}{target}"), location), format!("{base}{to}"));
    }
}

/// Where a link that is on the page at `target` leads.
fn resolve(target: &str, link: &str) -> String {
    if link.starts_with('/') {
        return link.to_owned();
    }
    let mut parts: Vec<&str> = target.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    // A link that ends in a dot leads to a directory.
    if link.ends_with("./") || path.is_empty() { format!("{}/", path.trim_end_matches('/')) } else { path }
}
