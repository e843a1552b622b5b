//! What fields can be asked for.

use serde_json::{Value, json};

use crate::fixture::{Field, MAX, MEAN, MIN, NONE, SUM, record, text, torn_text};
use crate::polling::Polling;
use crate::program::Program;
use crate::{file, first_line, new_place};

#[test]
fn a_label_is_the_sum_of_all_that_have_it_and_tags_choose() {
    let place = new_place();
    let tagged = |tags: &str, n| Field::counter("r", &[n]).described("", "", tags);
    file([
        tagged("m\0get\0s\x002xx\0", 1),
        tagged("m\0get\0s\x005xx\0", 2),
        tagged("m\0post\0s\x002xx\0", 4),
        Field::counter("hits", &[8]),
    ])
    .write(&place.path("a.mmstats"));
    file([Field::counter("hits", &[16])]).write(&place.path("b.mmstats"));
    let fields = first_line(&place, &[r#"r,r{m="get"},r{s=2xx},r{m=get,s=5xx},hits"#]);
    assert_eq!(
        Value::Object(fields),
        json!({"r": 7, r#"r{m="get"}"#: 3, "r{s=2xx}": 5, "r{m=get,s=5xx}": 2, "hits": 24})
    );
    let fields = first_line(&place, &[r#"r{*s="2xx"}"#]);
    assert_eq!(Value::Object(fields), json!({r#"r{m="get",s="2xx"}"#: 1, r#"r{m="post",s="2xx"}"#: 4}));
}

#[test]
fn what_is_not_of_one_kind_and_unit_is_not_added_up_and_that_is_said() {
    let place = new_place();
    let old = crate::support::old_field("took", "Q", &5000_u64.to_le_bytes());
    std::fs::write(place.path("a.mmstats"), [b"\x01", &old[..], &[0, 0]].concat()).unwrap();
    file([Field::timer("took", 11, &[&[1; 14]])]).write(&place.path("b.mmstats"));
    file([Field::counter("size", &[7]).described("", "bytes", "")]).write(&place.path("c.mmstats"));
    file([Field::counter("size", &[9]).described("", "requests", "")]).write(&place.path("d.mmstats"));
    let said = place.run(["-c", "1", "--csv", "took,size"]);
    assert_eq!((said.stdout.as_str(), said.status), ("took,size\r\n5000,7\r\n", 0));
    for field in ["took", "size"] {
        let why = format!("{field}: files have values that cannot be added up; some are left out");
        assert!(said.stderr.contains(&why), "{}", said.stderr);
    }
    // Format 1 does not say what its numbers are, and may be what there was before format 2.
    let old = crate::support::old_field("size", "Q", &100_u64.to_le_bytes());
    std::fs::write(place.path("d.mmstats"), [b"\x01", &old[..], &[0, 0]].concat()).unwrap();
    assert_eq!(first_line(&place, &["size"])["size"], 107);
}

#[test]
fn what_gauges_are_is_combined_as_their_writers_say() {
    let place = new_place();
    for (name, level) in [("a", 2.0_f64), ("b", 7.0), ("c", 3.0)] {
        let gauges = [("min", MIN), ("max", MAX), ("mean", MEAN), ("sum", SUM), ("none", NONE)]
            .map(|(label, aggregate)| Field::gauge(label, 10, aggregate, &[&level.to_le_bytes()]));
        file(gauges).write(&place.path(format!("{name}.mmstats")));
    }
    let fields = first_line(&place, &["min:value,max:value,mean:value,sum:value,none:value"]);
    assert_eq!(
        Value::Object(fields),
        json!({"min:value": 2.0, "max:value": 7.0, "mean:value": 4.0, "sum:value": 12.0, "none:value": 12.0})
    );
}

#[test]
fn a_label_that_a_file_has_twice_is_two_that_are_summed() {
    let place = new_place();
    file([1, 2, 4].map(|n| Field::counter("hits", &[n]))).write(&place.path("a.mmstats"));
    let said = place.run(["--csv", "-c", "3", "-d", "0.01", "hits"]);
    assert_eq!((said.stdout.as_str(), said.status), ("hits\r\n7\r\n0\r\n0\r\n", 0));
}

#[test]
fn a_pattern_is_a_column_for_each_label_that_has_the_part() {
    let place = new_place();
    file([
        Field::counter("web.b", &[1]),
        Field::counter("web.a", &[2]),
        Field::timer("web.t", 11, &[&[0; 14]]),
        Field::text("web.name", NONE, &[text(8, b"x")]),
    ])
    .write(&place.path("a.mmstats"));
    let titles = |arguments: &[&str]| {
        let said = place.run([&["--csv", "-c", "1"], arguments].concat());
        assert_eq!((said.stderr.as_str(), said.status), ("", 0));
        said.stdout.lines().next().unwrap().to_owned()
    };
    assert_eq!(titles(&["web.*"]), "web.b,web.a,web.t,web.name");
    assert_eq!(titles(&["-p", "web.", "?"]), "b,a,t");
    assert_eq!(titles(&["-p", "web.", "*:p99"]), "t:p99");
    assert_eq!(titles(&["*", "-X", "sys.*", "-X", "web.t"]), "web.b,web.a,web.name");
    assert_eq!(titles(&["*", "-I", "web.[ab]"]), "web.b,web.a");
}

#[test]
fn a_label_that_looks_like_a_part_or_a_pattern_is_a_label_first() {
    let place = new_place();
    file([
        Field::counter("a", &[1]),
        Field::counter("a:rate", &[2]),
        Field::counter("a*", &[4]),
        Field::counter("ab", &[8]),
    ])
    .write(&place.path("a.mmstats"));
    let fields = first_line(&place, &["a:rate,a*,a:rate:value,a*:value"]);
    assert_eq!(Value::Object(fields), json!({"a:rate": 2, "a*": 4, "a:rate:value": 2, "a*:value": 4}));
}

#[test]
fn distributions_have_parts() {
    let place = new_place();
    // Of 0, 1, 2 to 3, 4 to 7 and so on: one of 1 ns, two of 4 to 7.
    let timer = Field::timer("t", 11, &[&[7, 12, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]]);
    let average = Field::average("avg", &[(4, 10.0)]);
    file([timer, average]).write(&place.path("a.mmstats"));
    let parts = "t,t:value,t:count,t:sum,t:mean,t:min,t:p50,t:p1,t:p99.9,t:max,t:last,avg,avg:mean,avg:sum";
    let fields = first_line(&place, &[parts]);
    assert_eq!(
        Value::Object(fields),
        json!({
            "t": 3, "t:value": 3, "t:count": 3, "t:sum": 1.2e-8, "t:mean": 4e-9, "t:min": 1e-9, "t:p50": 7e-9,
            "t:p1": 1e-9, "t:p99.9": 7e-9, "t:max": 7e-9, "t:last": 7e-9, "avg": 4, "avg:mean": 2.5, "avg:sum": 10.0
        })
    );
    let said = place.run(["-c", "1", "t:p99,t:sum,avg:mean"]);
    assert_eq!(
        said.stdout.lines().nth(1).unwrap().split('|').map(str::trim).collect::<Vec<_>>(),
        ["7 ns", "12 ns", "2.50"]
    );
}

#[test]
fn numbers_texts_and_records_are_shown_as_such() {
    let place = new_place();
    let data = [&7_u64.to_le_bytes()[..], &0.5_f64.to_le_bytes()].concat();
    let mut fields = vec![
        Field::gauge("f", 10, MAX, &[&0.1_f64.to_le_bytes()]),
        Field::gauge("yes", 11, MAX, &[&[1]]),
        Field::gauge("max", 4, MAX, &[&u64::MAX.to_le_bytes()]),
        Field::text("name", NONE, &[text(16, b"one")]),
        Field::text("torn", NONE, &[torn_text(16)]),
    ];
    fields.extend(Field::record("rec", 16, &[("size", 4, 0), ("took", 10, 8)], vec![record(&data)]));
    let one = file(fields.clone());
    one.write(&place.path("a.mmstats"));
    fields[3] = Field::text("name", NONE, &[text(16, b"two")]);
    file(fields).write(&place.path("b.mmstats"));
    let asked = "f,yes,max,name,rec,rec:size,rec:took,name:value";
    let fields = first_line(&place, &[asked, "a.mmstats"]);
    assert_eq!(
        Value::Object(fields),
        json!({"f": 0.1, "yes": 1, "max": u64::MAX, "name": "one", "rec": "size=7 took=0.5", "rec:size": 7,
               "rec:took": 0.5, "name:value": "one"})
    );
    let said = place.run(["-c", "1", "--csv", asked, "."]);
    assert_eq!(
        said.stdout.lines().nth(1).unwrap(),
        "0.2,2,36893488147419103230,one | two,size=7 took=0.5,14,1.0,one | two"
    );
    // Torn is not nothing, and not 0.
    let said = place.run(["-c", "1", "-v", "torn", "a.mmstats"]);
    assert!(said.stdout.ends_with(" - \n"), "{}", said.stdout);
    assert!(said.stderr.contains("cannot read 1 value of a.mmstats: "), "{}", said.stderr);
}

#[test]
fn what_nothing_has_is_named_with_what_is_near() {
    let place = new_place();
    file([Field::counter("web.hits", &[1]), Field::timer("web.took", 11, &[&[0; 14]])])
        .write(&place.path("a.mmstats"));
    let said = place.run(["-c", "2", "-d", "0.01", "web.hist,hits,zzzzz,web.took:p99x,web.hits,x*", "."]);
    assert_eq!(
        said.stderr,
        "pollstats: no file has the field web.hist; near to it: web.hits\n\
         pollstats: no file has the field hits; near to it: web.hits\n\
         pollstats: no file has the field zzzzz; slurpstats shows what they have\n\
         pollstats: web.took:p99x: there is no such part; there are value, delta, rate, count, sum, mean, min, p50, \
         p90, p99, p999 (any pNN), max and last\n\
         pollstats: no file has the field x*; slurpstats shows what they have\n"
    );
    assert_eq!(said.status, 1);
    let cells: Vec<&str> = said.stdout.lines().nth(1).unwrap().split('|').map(str::trim).collect();
    assert_eq!(cells, ["-", "-", "-", "-", "1", "-"]);
    // Nothing at all.
    let said = place.run(["-c", "1", "a", "nothing*"]);
    assert_eq!((said.stderr.as_str(), said.status), ("pollstats: no mmstats files in nothing*\n", 1));
}

#[test]
fn what_comes_is_shown_by_the_interval_and_what_is_as_it_is() {
    let place = new_place();
    let mut program = Program::new(place.dir(), "web.mmstats");
    program.tell("took 5");
    program.tell("load 2.5");
    let fields = "web.took,web.took:max,web.took:mean,web.load,web.load:value,web.phase,web.size:mean,late";
    let mut polling = Polling::start(&mut place.command(["--json", "-d", "0.1", "-p", "", fields]));
    let first = polling.line();
    assert_eq!(first["fields"]["web.took"], 1);
    assert_eq!(
        (&first["fields"]["web.phase"], &first["fields"]["web.size:mean"]),
        (&json!(""), &Value::Null)
    );
    program.tell("phase sorting");
    program.tell("took 100");
    let line = loop {
        let line = polling.line();
        if line["fields"]["web.took"] != 0 {
            break line;
        }
        assert_eq!(
            (&line["fields"]["web.took:max"], &line["fields"]["web.load"]),
            (&Value::Null, &json!(0.0))
        );
    };
    assert_eq!((&line["fields"]["web.took"], &line["fields"]["web.took:mean"]), (&json!(1), &json!(0.1)));
    assert_eq!(line["fields"]["web.load:value"], 2.5);
    let max = line["fields"]["web.took:max"].as_f64().unwrap();
    assert!((0.1..0.107).contains(&max), "{max}");
    assert_eq!(line["fields"]["web.phase"], "sorting");
    // A field that nothing had is shown once something has it.
    assert_eq!(line["fields"]["late"], Value::Null);
    file([Field::counter("late", &[3])]).write(&place.path("late.mmstats"));
    while polling.line()["fields"]["late"].is_null() {}
}

#[test]
fn rates_are_by_the_second() {
    let place = new_place();
    let mut program = Program::new(place.dir(), "web.mmstats");
    program.tell("hits 1000");
    let fields = "web.hits,web.hits:rate,web.hits:delta";
    let mut polling = Polling::start(&mut place.command(["--rate", "--json", "-d", "0.1", fields]));
    let first = polling.line();
    assert_eq!(first["fields"]["web.hits"], 1000);
    // In the first line, over the life of the program.
    assert!(first["fields"]["web.hits:rate"].as_f64().unwrap() > 0.0);
    program.tell("hits 500");
    let line = loop {
        let line = polling.line();
        if line["fields"]["web.hits:delta"] != 0 {
            break line;
        }
    };
    let rate = 500.0 / line["interval"].as_f64().unwrap();
    for field in ["web.hits", "web.hits:rate"] {
        let found = line["fields"][field].as_f64().unwrap();
        assert!((found - rate).abs() < rate / 1000.0, "{field}: {found}, not {rate}");
    }
}

#[test]
fn what_the_buckets_cannot_tell_is_a_lower_bound_and_empty_in_csv() {
    let place = new_place();
    // Two durations in the bucket that has no end, which begins at 4 ns.
    file([Field::timer("took", 3, &[&[9, 20, 0, 0, 1, 2]])]).write(&place.path("a.mmstats"));
    let fields = "took:p5,took:p50,took:max,took:mean,took:sum,took:count,took:min,took:last";
    let json: Value = serde_json::from_str(&place.run(["-c", "1", "--json", fields]).stdout).unwrap();
    assert_eq!(
        json["fields"],
        json!({"took:p5": 3e-9, "took:p50": 4e-9, "took:max": 7e-9, "took:mean": 20.0 / 3.0 / 1e9,
            "took:sum": 20e-9, "took:count": 3, "took:min": 2e-9, "took:last": 9e-9})
    );
    assert_eq!(json["at_least"], json!(["took:p50", "took:max", "took:mean", "took:sum"]));
    let csv = place.run(["-c", "1", "--csv", fields]).stdout;
    assert!(csv.ends_with("\r\n3e-9,,,,,3,2e-9,9e-9\r\n"), "{csv}");
    let text = place.run(["-c", "1", "took:p50,took:count,took:mean"]).stdout;
    assert!(text.contains(" ≥ 4 ns | ") && !text.contains("≥ 3"), "{text}");
    // The mean is 6.667 ns or more. That it is 6.67 ns or more is not known.
    assert!(text.contains("≥ 6.66 ns"), "{text}");
    // Of exact numbers nothing is said.
    let exact = place.run(["-c", "1", "--json", "took:count"]).stdout;
    assert!(!exact.contains("at_least"), "{exact}");
}

#[test]
fn a_field_without_a_known_value_is_said_to_be_there() {
    let place = new_place();
    file([Field::counter("hits", &[u64::MAX, 1]), Field::counter("few", &[1, 2])])
        .slots(&[7, 9])
        .write(&place.path("a.mmstats"));
    for (field, shown) in [("hits", "hits"), ("hits:rate", "hits:rate"), ("h*", "h*")] {
        let said = place.run(["-c", "1", "--csv", &format!("{field},few")]);
        assert_eq!(said.stdout, format!("{shown},few\r\n,3\r\n"));
        let why =
            format!("pollstats: {shown} has no value that is known: its sum does not fit into 64 bits, or ");
        assert!(said.stderr.starts_with(&why), "{}", said.stderr);
        assert_eq!(said.status, 1);
    }
}

#[test]
fn what_averages_and_floats_do_not_tell_is_nothing_rather_than_infinite() {
    let place = new_place();
    let most = f64::MAX.to_le_bytes();
    let fields = || {
        file([
            Field::average("lost", &[(2, f64::INFINITY)]),
            Field::average("large", &[(1, f64::MAX)]),
            Field::gauge("gauge", 10, MEAN, &[&most]),
        ])
    };
    fields().write(&place.path("a.mmstats"));
    fields().write(&place.path("b.mmstats"));
    let fields = first_line(&place, &["lost:mean,lost:sum,lost:count,large:mean,large:count,gauge:value"]);
    assert_eq!(
        Value::Object(fields),
        json!({"lost:mean": null, "lost:sum": null, "lost:count": 4, "large:mean": null, "large:count": 2,
            "gauge:value": null})
    );
}
