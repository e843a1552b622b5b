//! Fragments that `macro_rules!` passes on are what they look like.

use mmstats::{Gauge, MmStats};

macro_rules! gauge_struct {
    ($name:ident, $field:ident: $value_type:ty, $label:literal, $unit:expr, $value:expr, $krate:path) => {
        #[derive(MmStats)]
        #[repr(C)]
        #[mmstats(crate = $krate)]
        struct $name {
            #[mmstats(label = $label, unit = $unit)]
            $field: Gauge<$value_type>,
            #[mmstats(value = $value)]
            constant: Gauge<$value_type>,
        }
    };
}

gauge_struct!(WebStats, load: f32, "load.1m", "ratio", 1.0 + 0.5, ::mmstats);

fn main() {
    let _ = WebStats::create;
}
