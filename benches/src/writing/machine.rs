//! On what it was measured.

use std::fs;
use std::thread;

/// The processor, how many of them, and how busy they were before; as far as the system tells.
pub(crate) fn description() -> String {
    let processors = thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("Measured on {processors} processors {model}, with a load of {load} before.")
}
