//! What programs count is what the lines add up to, whatever happens to the programs.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::fixture::Field;
use crate::polling::Polling;
use crate::program::Program;
use crate::support::{Place, Said, said};
use crate::{file, first_line, new_place};

const EVERY: [&str; 3] = ["--json", "-d", "0.05"];

fn poll(place: &Place, arguments: &[&str]) -> Polling {
    Polling::start(&mut place.command([&EVERY, arguments].concat()))
}

#[test]
fn a_program_that_is_killed_and_starts_again_loses_nothing() {
    let place = new_place();
    let mut program = Program::new(place.dir(), "web.mmstats");
    program.tell("hits 1000");
    let mut polling = poll(&place, &["web.hits"]);
    let mut sum = 1000;
    polling.wait_for("web.hits", sum);
    for round in 1..=5 {
        // What it counts last before it is killed is in its file, and that goes by and by.
        program.tell("hits 7");
        drop(program);
        program = Program::new(place.dir(), "web.mmstats");
        program.tell(&format!("hits {round}"));
        sum += 7 + round;
        polling.wait_for("web.hits", sum);
    }
    assert_eq!((polling.came("web.hits"), polling.came("web.hits")), (0, 0));
}

#[test]
fn a_program_that_goes_on_from_its_last_run_counts_once() {
    let place = new_place();
    let create = format!("create {} web.mmstats resume", place.dir().display());
    let mut polling = None;
    let mut sum = 0;
    for round in 1..=4 {
        let mut program = Program::start();
        program.tell(&create);
        program.tell(&format!("hits {round}000"));
        program.tell("in_flight 5");
        sum += round * 1000;
        polling.get_or_insert_with(|| poll(&place, &["web.hits,web.in_flight"])).wait_for("web.hits", sum);
        program.tell("hits 3");
        sum += 3;
        drop(program);
    }
    polling.unwrap().wait_for("web.hits", sum);
}

#[test]
fn a_program_that_ends_takes_nothing_with_it() {
    let place = new_place();
    let mut stays = Program::new(place.dir(), "a.mmstats");
    let mut goes = Program::new(place.dir(), "b.mmstats");
    for program in [&mut stays, &mut goes] {
        program.tell("hits 10");
        program.tell("load 100");
    }
    let mut polling = poll(&place, &["web.hits,web.load,web.load:value"]);
    let first = polling.line();
    assert_eq!((&first["interval"].is_null(), &first["fields"]["web.hits"]), (&true, &20.into()));
    assert_eq!(first["fields"]["web.load"], 200.0);
    // In order: its file goes.
    goes.tell("hits 4");
    goes.tell("release");
    let mut hits = 0;
    loop {
        let line = polling.line();
        hits += line["fields"]["web.hits"].as_i64().unwrap();
        // The value falls, but nothing less came.
        assert_eq!(line["fields"]["web.load"], 0.0);
        if line["fields"]["web.load:value"] == 100.0 {
            break;
        }
    }
    assert_eq!(hits, 4);
}

#[test]
fn a_file_that_was_made_long_ago_and_turns_up_late_is_no_jump() {
    let place = new_place();
    let mut program = Program::new(place.dir(), "a.mmstats");
    program.tell("hits 10");
    let mut polling = poll(&place, &["web.hits,web.hits:value"]);
    assert_eq!(polling.came("web.hits"), 10);
    file([Field::counter("web.hits", &[5000])]).write(&place.path("late"));
    fs::rename(place.path("late"), place.path("late.mmstats")).unwrap();
    program.tell("hits 3");
    let mut came = 0;
    loop {
        let line = polling.line();
        came += line["fields"]["web.hits"].as_i64().unwrap();
        if line["fields"]["web.hits:value"] == 5013 {
            break;
        }
    }
    assert_eq!(came, 3);
}

#[test]
fn a_program_that_died_before_the_first_line_is_left_out_unless_it_is_asked_for() {
    let place = new_place();
    for (name, hits) in [("dead.mmstats", 5), ("alive.mmstats", 3)] {
        let mut program = Program::new(place.dir(), name);
        program.tell(&format!("hits {hits}"));
        if name == "alive.mmstats" {
            for (arguments, sum) in [
                (&["web.hits"][..], 3),
                (&["--stale", "web.hits"], 8),
                (&["web.hits", "dead.mmstats"], 5),
                (&["web.hits", "dead.mmstats", "."], 8),
            ] {
                assert_eq!(first_line(&place, arguments)["web.hits"], sum, "{arguments:?}");
            }
            let said = place.run(["-c", "1", "web.hits", "d*"]);
            assert_eq!(said.status, 1);
            assert!(
                said.stderr.contains("1 of programs that have died, which --stale would show"),
                "{}",
                said.stderr
            );
        }
    }
}

/// On a disk, too, where the inode numbers of files that have gone are those of new ones at once.
#[test]
fn many_files_are_counted_with_few_descriptors_also_across_a_restart() {
    const FILES: i64 = 2000;
    let place = Place::new(env!("CARGO_BIN_EXE_pollstats"));
    for dir in [TempDir::new_in("/dev/shm"), TempDir::new()].map(Result::unwrap) {
        let start = || {
            let mut program = Program::start();
            program.tell(&format!("many {} {FILES}", dir.path().display()));
            program
        };
        let mut program = start();
        program.tell("hits 3");
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 256; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_pollstats")]);
        command.args(EVERY).args(["web.hits"]).arg(dir.path()).current_dir(place.dir());
        let mut polling = Polling::start(&mut command);
        assert_eq!(polling.came("web.hits"), 3 * FILES);
        let mut sum = 3 * FILES;
        for _ in 0..2 {
            program.tell("hits 1");
            sum += FILES;
            polling.wait_for("web.hits", sum);
            drop(program);
            program = start();
            program.tell("hits 2");
            sum += 2 * FILES;
            polling.wait_for("web.hits", sum);
        }
        program.tell("release");
        assert_eq!(polling.came("web.hits"), 0);
        let said = polling.stop();
        assert!(!said.contains("cannot read"), "{said}");
    }
}

#[test]
fn a_named_file_whose_program_ends_is_no_failure() {
    let place = new_place();
    let mut programs = ["a.mmstats", "b.mmstats"].map(|name| Program::new(place.dir(), name));
    programs[0].tell("hits 5");
    let arguments = ["--json", "-d", "0.05", "-c", "100", "web.hits", "a.mmstats", "b.mmstats"];
    let mut polling = Polling::start(&mut place.command(arguments));
    assert_eq!(polling.came("web.hits"), 5);
    programs[1].tell("hits 2");
    programs[1].tell("release");
    polling.wait_for("web.hits", 7);
    assert_eq!(polling.end(), (Some(0), String::new()));
}

#[test]
fn a_file_of_several_names_counts_once() {
    let place = new_place();
    let mut program = Program::new(place.dir(), "a.mmstats");
    program.tell("hits 10");
    fs::hard_link(place.path("a.mmstats"), place.path("b.mmstats")).unwrap();
    for paths in [&["."][..], &[".", "a.mmstats"], &["b.mmstats", "a.mmstats"]] {
        assert_eq!(first_line(&place, &[&["web.hits"], paths].concat())["web.hits"], 10, "{paths:?}");
    }
}

#[test]
fn one_process_can_be_asked_for() {
    let place = new_place();
    let mut programs = [Program::new(place.dir(), "a.mmstats"), Program::new(place.dir(), "b.mmstats")];
    programs[0].tell("hits 1");
    programs[1].tell("hits 2");
    let pid = programs[1].pid().to_string();
    assert_eq!(first_line(&place, &["--process", &pid, "web.hits"])["web.hits"], 2);
    assert_eq!(first_line(&place, &["--process", "pollstats*", "web.hits"])["web.hits"], 3);
    let Said { stderr, status, .. } =
        said(&place.command(["-c", "1", "--process", "other", "web.hits"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(stderr.contains("2 of other processes than --process says"), "{stderr}");
}
