//! A library that counts in a [`mmstats::thread_local!`] static, to be loaded and unloaded. It publishes
//! below `MMSTATS_PATH`.
#![expect(unsafe_code, reason = "exports functions by name")]

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct PluginStats {
    events: Counter,
}

mmstats::thread_local! {
    static STATS: PluginStats;
}

/// Publishes the file. Returns whether it could.
// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_init() -> bool {
    STATS.init(PluginStats::options().keep(true).file_name("plugin.mmstats")).is_ok()
}

/// Counts.
// SAFETY: no other symbol has this name.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_count() {
    STATS.with(|stats| stats.events.incr());
}
