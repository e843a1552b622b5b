//! The rates of all fields in pollstats, topstats and mmash at each step, side by side. All tools that show a rate of a
//! field must show the same rate.

use std::collections::{BTreeMap, BTreeSet};

use mmstats_tests::system::is_root;
use serde_json::Value;

use crate::mmash::Server;
use crate::pollstats;
use crate::recording::Recordings;
use crate::stage::{FILES, Running, Stage};
use crate::topstats::OnScreen;

const APPLICATIONS: [&str; 5] = ["grow", "job", "old", "pool", "web"];
const TOOLS: [&str; 3] = ["pollstats", "topstats", "mmash"];

/// An application, and a field with its tags.
pub(crate) type Field = (String, String);
/// The rates of the fields that have one, as a tool shows them.
pub(crate) type Rates = BTreeMap<Field, String>;

/// The rates that the tools show of one field at one step.
struct Row {
    step: usize,
    field: Field,
    /// In the order of [`TOOLS`]; empty where a tool shows no rate.
    rates: [String; 3],
}

/// The tools that show rates, which run beside the files of a stage.
pub(crate) struct Tools {
    polling: Vec<(&'static str, Running)>,
    screen: OnScreen,
    server: Server,
}

impl Tools {
    pub(crate) fn start(stage: &mut Stage, applications: &[&'static str]) -> Self {
        let polling = |application: &&'static str| {
            let arguments = ["--json", "-X", "sys.*", "--process", application, "*:rate,*{*}:rate", FILES];
            (*application, stage.start(pollstats::TOOL, &arguments, &[]))
        };
        let polling = applications.iter().map(polling).collect();
        let screen = OnScreen::start(stage, (240, 400), &["--flat", "--raw", "-X", "sys.*"], "");
        Self { polling, screen, server: Server::start(stage, "rates", &["-X", "sys.*"]) }
    }

    /// What they show now, as in [`TOOLS`].
    pub(crate) fn rates(&mut self) -> [Rates; 3] {
        let Self { polling, screen, server } = self;
        let applications: Vec<&str> = polling.iter().map(|(name, _)| *name).collect();
        let polled: Rates =
            polling.iter_mut().flat_map(|(name, running)| polled(name, &running.new_output())).collect();
        let shown = on_screen(&screen.shown(), &applications);
        server.until_done();
        [polled, shown, served(server)]
    }
}

/// How the rates in a row compare.
#[derive(Clone, Copy, PartialEq)]
enum Agreement {
    /// Only one tool ever shows a rate of this field.
    Alone,
    /// All tools that ever show a rate of this field show the same one.
    Same,
    /// A tool that shows a rate of this field at another step shows none here.
    Missing,
    /// Two tools show different rates.
    Different,
}

impl Row {
    /// Compares the rates. `tools`: which tools ever show a rate of this field.
    fn agreement(&self, tools: [bool; 3]) -> Agreement {
        /// The precision with which topstats shows rates.
        const DIGITS: f64 = 5e-3;
        let shown: Vec<f64> =
            self.rates.iter().filter(|rate| !rate.is_empty()).map(|rate| number(rate)).collect();
        let is_same = |rate: &f64| {
            let first = shown[0];
            (rate.is_nan() && first.is_nan()) || (rate - first).abs() <= DIGITS * first.abs().max(1.0)
        };
        let expected = tools.iter().filter(|shows| **shows).count();
        if !shown.iter().all(is_same) {
            Agreement::Different
        } else if shown.len() < expected {
            Agreement::Missing
        } else if expected == 1 {
            Agreement::Alone
        } else {
            Agreement::Same
        }
    }

    fn line(&self, agreement: Agreement) -> String {
        let Self { step, field: (application, field), rates: [one, two, three] } = self;
        let mark = match agreement {
            Agreement::Alone => "·",
            Agreement::Same => "=",
            Agreement::Missing => "?",
            Agreement::Different => "≠",
        };
        let line = format!("{step:>4} {mark} {application:4} {field:36} {one:>24} {two:>24} {three:>24}");
        line.trim_end().to_owned() + "\n"
    }
}

/// A rate as a tool shows it.
fn number(rate: &str) -> f64 {
    rate.parse().unwrap_or_else(|_| panic!("{rate:?} is no number"))
}

#[test]
fn the_tools_show_the_same_rates() {
    if !is_root("the_tools_show_the_same_rates") {
        return;
    }
    let mut stage = Stage::new();
    let mut tools = Tools::start(&mut stage, &APPLICATIONS);
    let mut rows = Vec::new();
    loop {
        let tools = tools.rates();
        // At the first step there are no rates yet; pollstats shows means over the life of the programs.
        if stage.step() > 0 {
            let fields: BTreeSet<&Field> = tools.iter().flat_map(BTreeMap::keys).collect();
            for field in fields {
                let rates = tools.each_ref().map(|rates| rates.get(field).cloned().unwrap_or_default());
                rows.push(Row { step: stage.step(), field: field.clone(), rates });
            }
        }
        if stage.is_last() {
            break;
        }
        stage.next();
    }
    record(&rows);
}

fn record(rows: &[Row]) {
    let mut tools: BTreeMap<&Field, [bool; 3]> = BTreeMap::new();
    for row in rows {
        let tools = tools.entry(&row.field).or_default();
        for (shows, rate) in tools.iter_mut().zip(&row.rates) {
            *shows |= !rate.is_empty();
        }
    }
    let [one, two, three] = TOOLS;
    let heading = format!(
        "rates at each step: = all tools that ever show one agree, ≠ they differ, ? one shows none here, · only one tool ever does\n\
         step   of   {:36} {one:>24} {two:>24} {three:>24}\n",
        "field"
    );
    let mut all = heading;
    let mut different = String::new();
    for row in rows {
        let agreement = row.agreement(tools[&row.field]);
        let line = row.line(agreement);
        all += &line;
        if matches!(agreement, Agreement::Missing | Agreement::Different) {
            different += &line;
        }
    }
    assert!(different.is_empty(), "the tools differ:\n{different}");
    let mut recordings = Recordings::new("rates");
    recordings.add("rates.txt", "all", &all);
    recordings.finish();
}

/// The rates in a line of pollstats.
fn polled(application: &str, line: &str) -> Rates {
    let line: Value = serde_json::from_str(line).unwrap();
    let fields = line["fields"].as_object().unwrap();
    let bounds: Vec<&str> =
        line["at_least"].as_array().into_iter().flatten().map(|title| title.as_str().unwrap()).collect();
    let names: Vec<&str> = fields.keys().map(|title| title.strip_suffix(":rate").unwrap()).collect();
    let has_tags = |label: &str| {
        names.iter().any(|name| name.strip_prefix(label).is_some_and(|rest| rest.starts_with('{')))
    };
    let rates = names.iter().zip(fields.values()).filter(|(name, _)| !has_tags(name));
    // What is only a lower bound is shown as one.
    let rates = rates.filter(|(name, _)| !bounds.contains(&format!("{name}:rate").as_str()));
    rates
        .filter_map(|(name, rate)| Some(((application.to_owned(), (*name).to_owned()), shown(rate)?)))
        .collect()
}

/// The rates in mmash's list of fields.
fn served(server: &Server) -> Rates {
    let answer = server.get("/api/v1/fields?limit=10000").json();
    let rates = answer["fields"].as_array().unwrap().iter().filter_map(|field| {
        let application = field["application"].as_str().unwrap().to_owned();
        let tags = field["tags"].as_object().unwrap().iter();
        let tags: Vec<String> = tags
            .map(|(key, value)| format!("{key}=\"{}\"", value.as_str().unwrap().replace('"', r"\u{22}")))
            .collect();
        let tags = if tags.is_empty() { String::new() } else { format!("{{{}}}", tags.join(",")) };
        let name = field["label"].as_str().unwrap().to_owned() + &tags;
        Some(((application, name), shown(&field["rate"])?))
    });
    rates.collect()
}

/// A rate in JSON, where strings stand for rates that are not finite numbers.
fn shown(rate: &Value) -> Option<String> {
    match rate {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        rate => Some(rate.to_string()),
    }
}

/// The rates in topstats' list of all fields; the rates of an application are added up.
fn on_screen(screen: &str, applications: &[&str]) -> Rates {
    let mut lines = screen.lines().skip_while(|line| !line.starts_with("NAME"));
    let heading = lines.next().unwrap();
    let end_of = |title: &str| {
        let at = heading.find(title).unwrap();
        heading[..at].chars().count() + title.chars().count()
    };
    let (from, to) = (end_of("VALUE"), end_of("RATE/s"));
    let mut sums: BTreeMap<Field, Vec<String>> = BTreeMap::new();
    for line in lines {
        // A row has a field, its process and id, and its numbers. At least two blanks separate them.
        let Some((name, rest)) = line.split_once("  ") else { continue };
        let Some(application) = rest.trim_start().split(' ').next() else { continue };
        let before: String = rest.chars().take(from - name.chars().count() - 2).collect();
        let rate: String = line.chars().skip(from).take(to - from).collect();
        let rate = rate.trim();
        // Skip records: they have no rate, and may be wider than their column.
        let is_record = before.contains('=');
        if applications.contains(&application) && !is_record && !rate.is_empty() {
            sums.entry((application.to_owned(), name.to_owned())).or_default().push(rate.to_owned());
        }
    }
    let sum = |rates: Vec<String>| match rates.as_slice() {
        [rate] => rate.clone(),
        rates => rates.iter().map(|rate| number(rate)).sum::<f64>().to_string(),
    };
    sums.into_iter().map(|(field, rates)| (field, sum(rates))).collect()
}
