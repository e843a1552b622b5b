//! What the peers need to be set up, as their first pages show it. Those whose metrics work without a
//! registry have none: it would not take part in an update.

use std::sync::LazyLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::global;
use opentelemetry::metrics::Meter;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};

/// Bounds of buckets, for those who want to be given them: factors of two, as `prometheus-client` shows it.
pub(crate) const BUCKETS: usize = 10;

/// The recorder behind the macros of `metrics`. It has to be told to make room from time to time.
pub(crate) static RECORDER: LazyLock<PrometheusHandle> =
    LazyLock::new(|| PrometheusBuilder::new().install_recorder().expect("the only recorder of this program"));

/// Where the instruments of `opentelemetry` come from.
pub(crate) static METER: LazyLock<Meter> = LazyLock::new(|| {
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::default()).build();
    global::set_meter_provider(provider);
    global::meter("bench")
});
