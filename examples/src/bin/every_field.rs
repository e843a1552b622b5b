//! A made-up warehouse that uses every type of field. Run it, and read it from another terminal:
//!
//! ```sh
//! cargo run -p mmstats-examples --bin every_field
//! cargo run -p mmstats-tools --bin slurpstats
//! ```

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use mmstats::{
    Average, Counter, Family, Gauge, Histogram, MmStats, MovingAverage, Record, StatKey, StatRecord,
    Stopwatch, Text, Timer, UpDown, sync,
};
use mmstats_examples::stop;

#[derive(Clone, Copy, Debug, StatKey)]
enum Carrier {
    Bike,
    Truck,
}

#[derive(Clone, Copy, StatRecord)]
#[repr(C)]
struct Parcel {
    /// What it weighs.
    #[mmstats(unit = "kilograms")]
    weight: f64,
    /// Its number.
    number: u64,
}

/// What one thread knows.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "warehouse.")]
struct Warehouse {
    /// Parcels that were sent.
    #[mmstats(unit = "parcels")]
    sent: Counter,
    /// Parcels that are being packed.
    #[mmstats(unit = "parcels")]
    packing: UpDown,
    /// Shelves that are full, of one.
    full: Gauge<f64>,
    /// What is done now.
    phase: Text<16>,
    /// What parcels weigh.
    #[mmstats(unit = "kilograms")]
    weight: Average,
    /// What the last hundred weighed.
    #[mmstats(unit = "kilograms")]
    recent_weight: MovingAverage,
    /// What they weigh, by weight.
    #[mmstats(unit = "grams")]
    weights: Histogram,
    /// How long packing takes.
    packing_time: Timer,
    /// The parcel that was packed last.
    last: Record<Parcel>,
    /// Parcels, by who takes them.
    by_carrier: Family<Carrier, Counter>,
    /// Parcels that wait at each gate.
    gates: [Gauge<u32>; 3],
    #[mmstats(value = env!("CARGO_PKG_VERSION"))]
    version: Text<16>,
    #[mmstats(flatten, prefix = "shop.")]
    shop: Shop,
}

/// What several threads share.
#[derive(MmStats)]
#[repr(C)]
struct Shop {
    orders: sync::Counter,
    customers: sync::UpDown,
    largest: sync::Gauge<u64>,
    price: sync::Average,
    items: sync::Histogram,
    answer_time: sync::Timer,
}

mmstats::thread_local! {
    static DOORS: Doors;
}

/// What each of some threads counts.
#[derive(MmStats)]
#[repr(C)]
#[mmstats(prefix = "doors.")]
struct Doors {
    opened: Counter,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("every_field: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut stop = stop::requests(false)?;
    let warehouse = Warehouse::create()?;
    println!("{}", warehouse.path().display());
    for number in 0.. {
        pack(&warehouse, number);
        serve(&warehouse.shop, number);
        thread::scope(|scope| scope.spawn(|| DOORS.with(|doors| doors.opened.incr())).join().is_ok());
        thread::sleep(Duration::from_millis(50));
        if stop.try_recv().is_ok() {
            break;
        }
    }
    Ok(())
}

fn pack(warehouse: &Warehouse, number: u64) {
    warehouse.phase.set("packing");
    warehouse.packing.incr();
    let grams = 100 + number * 7919 % 5000;
    warehouse.packing_time.time(|| thread::sleep(Duration::from_micros(grams)));
    #[expect(clippy::cast_precision_loss, reason = "a parcel of some kilograms")]
    let weight = grams as f64 / 1000.0;
    warehouse.weight.add(weight);
    warehouse.recent_weight.add(weight);
    warehouse.weights.record(grams);
    warehouse.last.publish(Parcel { weight, number });
    let carrier = if grams < 2000 { Carrier::Bike } else { Carrier::Truck };
    warehouse.by_carrier[carrier].incr();
    for (gate, waiting) in (0..).zip(&warehouse.gates) {
        waiting.set(u32::from(number % 3 == gate));
    }
    warehouse.full.set(0.5 + weight / 100.0);
    warehouse.packing.decr();
    warehouse.sent.incr();
    warehouse.phase.set("waiting");
}

fn serve(shop: &Shop, number: u64) {
    let stopwatch = Stopwatch::start();
    thread::scope(|scope| {
        for item in 1..=2 {
            scope.spawn(move || {
                shop.customers.incr();
                shop.orders.incr();
                shop.items.record(item);
                shop.largest.max(number * item);
                shop.price.add(9.5);
                shop.customers.decr();
            });
        }
    });
    stopwatch.record(&shop.answer_time);
}
