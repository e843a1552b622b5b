//! Opening, polling, visiting and scanning files.

use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use mmstats_reader::{Reader, Value, scan};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::files::{write_v1, write_v2};
use crate::measure::{Case, compare};

/// Writes a file of so many fields.
type Write = fn(&Path, usize) -> io::Result<()>;
const FORMATS: [(&str, Write); 2] = [("v2", write_v2), ("v1", write_v1)];

/// Measures all of reading.
pub(crate) fn run() -> io::Result<()> {
    // Each of the readers of the largest group keeps a descriptor.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let shared_memory = Path::new("/dev/shm");
    let dir =
        if shared_memory.is_dir() { tempfile::tempdir_in(shared_memory)? } else { tempfile::tempdir()? };
    for (format, write) in FORMATS {
        let file = |count: usize| -> io::Result<PathBuf> {
            let path = dir.path().join(format!("{format}-{count}"));
            write(&path, count)?;
            Ok(path)
        };
        open(format, &file(100)?);
        for count in [100, 10_000, 1_000_000] {
            snapshot(format, &file(count)?, count);
        }
        for count in [1, 100, 10_000] {
            many(format, write, &dir.path().join(format!("{format}-of-{count}")), count)?;
        }
    }
    Ok(())
}

/// Opening a file of 100 fields, beside reading all of its bytes.
fn open(format: &str, path: &Path) {
    const RUNS: u32 = 1_000;
    compare(
        &format!("{format} file of 100 fields"),
        vec![
            Case::new("floor: open, read to the end, close", RUNS, || {
                for _ in 0..RUNS {
                    black_box(fs::read(path).expect("just written"));
                }
            }),
            Case::new("open", RUNS, || {
                for _ in 0..RUNS {
                    black_box(Reader::open(path).expect("a good file"));
                }
            }),
        ],
    );
}

/// A snapshot with a reused buffer, and a visit to all of its values, beside reading their bytes.
fn snapshot(format: &str, path: &Path, count: usize) {
    let count_u32 = u32::try_from(count).expect("a million at the most");
    let runs = (2_000_000 / count_u32).clamp(3, 2_000);
    let file = File::open(path).expect("just written");
    let (offset, len) = values_range(path);
    let mut bytes = vec![0; len];
    let mut reader = Reader::open(path).expect("a good file");
    let mut visited = Reader::open(path).expect("a good file");
    let mut visited = visited.snapshot().expect("a good file");
    let visits = runs * count_u32;
    println!("{format}, {count} values, {len} bytes");
    compare(
        "snapshot",
        vec![
            Case::new("floor: one pread of the same bytes", runs, || {
                for _ in 0..runs {
                    file.read_exact_at(&mut bytes, offset).expect("it is that long");
                    black_box(&bytes);
                }
            }),
            Case::new("snapshot", runs, || {
                for _ in 0..runs {
                    black_box(reader.snapshot().expect("a good file"));
                }
            }),
        ],
    );
    compare(
        "value",
        vec![Case::new("visit all values", visits, || {
            for _ in 0..runs {
                black_box(sum(black_box(&mut visited)));
            }
        })],
    );
}

fn sum(snapshot: &mut mmstats_reader::Snapshot<'_>) -> u64 {
    let values = snapshot.metrics().filter_map(|metric| match metric.value() {
        Ok(Value::U64(value)) => Some(value),
        _ => None,
    });
    values.fold(0, u64::wrapping_add)
}

/// Where the bytes are that a snapshot reads: the slots of format 2, all of a file of format 1.
fn values_range(path: &Path) -> (u64, usize) {
    let mut reader = Reader::open(path).expect("a good file");
    let len = fs::metadata(path).expect("just written").len();
    let offset = match reader.header() {
        Some(header) => header.slots.offset.get(),
        None => 0,
    };
    let _ = reader.snapshot();
    (offset, usize::try_from(len - offset).expect("it was written from memory"))
}

/// Scanning a directory of `count` files of 100 fields, and polling them again and again.
fn many(format: &str, write: Write, dir: &Path, count: usize) -> io::Result<()> {
    fs::create_dir(dir)?;
    for index in 0..count {
        write(&dir.join(format!("{index:05}.mmstats")), 100)?;
    }
    let paths: Vec<PathBuf> = (0..count).map(|index| dir.join(format!("{index:05}.mmstats"))).collect();
    let mut readers: Vec<Reader> =
        paths.iter().map(|path| Reader::open(path).expect("a good file")).collect();
    // As many of them for the floor as the limit on descriptors still allows.
    let mut files: Vec<File> = paths.iter().map_while(|path| File::open(path).ok()).collect();
    files.truncate(files.len().saturating_sub(16).max(1));
    let (offset, len) = values_range(&paths[0]);
    let mut bytes = vec![0; len];
    let runs = (20_000 / count).max(1);
    let operations = u32::try_from(runs * count).expect("20,000");
    // Without a header the values start at once, and two reads of them have to agree.
    let preads = if offset > 0 { "of header and values" } else { "two of the whole file" };
    println!("{format}, {count} files of 100 fields");
    compare(
        "file polled",
        vec![
            Case::new(format!("floor: the bare preads, {preads}"), operations, || {
                for file in files.iter().cycle().take(runs * count) {
                    if offset > 0 {
                        file.read_exact_at(&mut bytes[..256], 0).expect("it is that long");
                    } else {
                        file.read_exact_at(&mut bytes, 0).expect("it is that long");
                    }
                    file.read_exact_at(&mut bytes, offset).expect("it is that long");
                    black_box(&bytes);
                }
            }),
            Case::new("snapshot", operations, || {
                for _ in 0..runs {
                    for reader in &mut readers {
                        black_box(reader.snapshot().expect("a good file"));
                    }
                }
            }),
        ],
    );
    compare(
        "file scanned",
        vec![
            Case::new("floor: list, open, read to the end, close", operations, || {
                for _ in 0..runs {
                    for entry in fs::read_dir(dir).expect("just made") {
                        let path = entry.expect("just made").path();
                        black_box(fs::read(path).expect("just written"));
                    }
                }
            }),
            Case::new("scan, and a snapshot of each", operations, || {
                for _ in 0..runs {
                    for (_, reader) in scan([dir]) {
                        black_box(reader.expect("a good file").snapshot().expect("a good file"));
                    }
                }
            }),
        ],
    );
    fs::remove_dir_all(dir)
}
