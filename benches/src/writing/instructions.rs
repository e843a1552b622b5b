//! Counts what the processor does, by valgrind's callgrind.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::group::{Group, repeat};
use super::subject::Subject;

/// The argument that has this program do what is to be counted.
pub(crate) const COUNTED: &str = "count-instructions";

/// An operation is done so many times, and more times: the difference has nothing of what surrounds it.
const FEW: u32 = 1_000;
const MANY: u32 = 11_000;

/// How many instructions each operation takes, without those of the loop around it; group by group.
/// Nothing is known if valgrind cannot be run, which is said, and of several threads' work.
pub(crate) fn count(groups: &[Group<'_>]) -> Result<Vec<Vec<Option<f64>>>, Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--quiet", "--zero-before=*counted_run", "--dump-after=*counted_run"])
        .arg(format!("--callgrind-out-file={}", dir.path().join("counts").display()))
        .arg(std::env::current_exe()?)
        .arg(COUNTED)
        .stdout(Stdio::null());
    let counts = match valgrind.status() {
        Ok(status) if status.success() => per_operation(dir.path())?,
        Ok(status) => return Err(format!("cannot count instructions: valgrind: {status}").into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!(
                "valgrind is not there to count instructions; it is in the Debian package of that name"
            );
            Vec::new()
        }
        Err(error) => return Err(format!("cannot run valgrind: {error}").into()),
    };
    let (loop_alone, mut counts) = (counts.first().copied().unwrap_or_default(), counts.into_iter().skip(1));
    let mut next = |group: &Group<'_>| {
        let count = || if group.is_of_one_thread { counts.next() } else { None };
        let counts = std::iter::repeat_with(count).take(group.operations.len());
        counts.map(|count| count.map(|count| (count - loop_alone).max(0.0))).collect()
    };
    Ok(groups.iter().map(&mut next).collect())
}

/// Does each operation a few and many times, the empty loop first.
pub(crate) fn run_counted() -> Result<(), Box<dyn Error>> {
    let subject = Subject::publish()?;
    twice(&mut repeat(|_| ()));
    for group in &mut super::groups(&subject) {
        if group.is_of_one_thread {
            group.operations.iter_mut().for_each(|operation| twice(&mut operation.run));
        }
    }
    Ok(())
}

fn twice(run: &mut dyn FnMut(u32)) {
    // What is only done at first is not counted.
    run(FEW);
    counted_run(run, FEW);
    counted_run(run, MANY);
}

/// What callgrind looks for by name.
#[inline(never)]
fn counted_run(run: &mut dyn FnMut(u32), count: u32) {
    run(count);
    // It has to return itself: a jump to `run` would not be seen to end.
    black_box(count);
}

/// Instructions per operation, from callgrind's files, of which each has the count of one call.
fn per_operation(dir: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut totals = Vec::new();
    for number in 1.. {
        let file = match fs::read_to_string(dir.join(format!("counts.{number}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            file => file?,
        };
        let total = file.lines().find_map(|line| line.strip_prefix("totals: "));
        let total: u32 = total.ok_or("expected totals in callgrind's file, found none")?.trim().parse()?;
        totals.push(f64::from(total));
    }
    let (pairs, _) = totals.as_chunks::<2>();
    Ok(pairs.iter().map(|[few, many]| (many - few) / f64::from(MANY - FEW)).collect())
}
