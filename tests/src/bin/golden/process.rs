//! Files with one slot: everything that a file says besides its values.

use mmstats::{Counter, Family, Gauge, MmStats, StatKey, Text, UpDown};

use crate::{Golden, Result, golden};

#[derive(Clone, Copy, StatKey)]
enum Side {
    Left,
    Right,
}

#[derive(MmStats)]
#[repr(C)]
struct Constants {
    #[mmstats(value = 7)]
    counter: Counter,
    #[mmstats(value = -7)]
    updown: UpDown,
    /// The most that may be open.
    #[mmstats(value = 16, unit = "connections")]
    limit: Gauge<u32>,
    #[mmstats(value = -1.5)]
    offset: Gauge<f64>,
    #[mmstats(value = true)]
    is_on: Gauge<bool>,
    #[mmstats(value = "1.2.3-größer")]
    version: Text<32>,
    /// Beside the constants.
    changes: Counter,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "shop.")]
struct Described {
    /// The first line of its help
    /// and the second.
    ///
    /// A paragraph of its own, with `code` and ümlauts.
    #[mmstats(label = "orders.per day", unit = "orders per day")]
    orders: Counter,
    #[mmstats(label = "größe{a=\"b\"}", unit = "bytes")]
    size: Gauge<u64>,
    #[mmstats(unit = "seconds")]
    age: Gauge<f64>,
    #[mmstats(label = "=1+1")]
    formula: Counter,
    #[mmstats(label = "a label that is longer than sixty-four columns, which readers do not align")]
    long: Counter,
    #[mmstats(flatten, prefix = "db.")]
    database: Pool,
    #[mmstats(flatten)]
    cache: Cache,
}

#[derive(MmStats)]
#[repr(C)]
struct Pool {
    /// Connections that are lent out.
    lent: UpDown,
    #[mmstats(value = 16)]
    size: Gauge<u32>,
}

#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "cache.")]
struct Cache {
    hits: Family<Side, Counter>,
}

#[derive(MmStats)]
#[repr(C)]
struct Little {
    count: Counter,
}

pub(crate) fn write(golden: &Golden) -> Result<()> {
    golden!(golden, "constant", Constants, |constants| constants.changes.incr());
    golden!(golden, "described", Described, |shop| {
        shop.orders.add(3);
        shop.size.set(5 << 30);
        shop.age.set(93_600.5);
        shop.formula.add(2);
        shop.long.incr();
        shop.database.lent.incr();
        shop.cache.hits[Side::Right].add(4);
    });
    write_attributes(golden)?;
    write_resumed(golden)
}

fn write_attributes(golden: &Golden) -> Result<()> {
    let options = Little::options().prefix("eu.").attribute("service.version", "1.2");
    let options = options.attribute("empty", "").attribute("größe", "läuft, \"gut\"\u{1b}[0m").keep(true);
    let stats = options.dir(golden.live.path()).create()?;
    stats.count.add(9);
    golden.keep("attribute", &stats.path())
}

/// A file that goes on from the counts of another, which its writer kept.
fn write_resumed(golden: &Golden) -> Result<()> {
    let create = || {
        let options = Little::options().dir(golden.live.path()).file_name("resumed.mmstats");
        options.keep(true).resume(true).create()
    };
    let first = create()?;
    first.count.add(40);
    drop(first);
    let second = create()?;
    second.count.add(2);
    golden.keep("resumed", &second.path())
}
