//! What a collector shows of scripted files, with a clock that stands still between its polls.

use super::*;
use crate::cli;
use crate::following::scripted::{FakeClock, Next, Script};
use crate::mmash::history::Limits;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn rates_and_ages_come_from_the_clock_that_is_passed_in() {
    let (clock, mut script) = (FakeClock::new(), Script::new(FakeClock::moment(993)));
    let history = Arc::new(RwLock::new(History::new(Limits { series: 10, points: 10 })));
    let mut collector = Collector::new(Filters::default(), SECOND, history, clock.now());
    let _ = cli::run("mmash", |messages| {
        let mut look = |script: &mut Script| collector.look(script, &clock, messages);
        let rate = |state: &State| state.all_series().find_map(|(id, _)| state.rate(id));
        let age = |state: &State| state.files.first().and_then(|file| file.age);

        script.counts.hits.add(10);
        let state = look(&mut script);
        assert_eq!((state.tick, rate(&state), age(&state)), (1, None, Some(7 * SECOND)));
        script.counts.hits.add(60);
        clock.advance(SECOND);
        let state = look(&mut script);
        assert_eq!((state.tick, rate(&state), age(&state)), (2, Some(60.0), Some(8 * SECOND)));
        // Two ticks are missed. The event says how old the reading is.
        script.counts.hits.add(60);
        script.lag = SECOND / 2;
        clock.advance(3 * SECOND);
        let state = look(&mut script);
        assert_eq!((state.tick, rate(&state), age(&state)), (5, Some(20.0), Some(21 * SECOND / 2)));
        // 500,000 hours after 1970, when the script starts, and four seconds.
        assert!((state.time - 1_800_000_004.0).abs() < f64::EPSILON, "{}", state.time);

        script.then(Next::Gone);
        clock.advance(SECOND);
        assert_eq!(look(&mut script).files.len(), 0);
        clock.advance(SECOND / 4);
        assert_eq!(collector.until_next(clock.now()), 3 * SECOND / 4);
        Ok(())
    });
}
