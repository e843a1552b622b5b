//! Goes on until the user has seen enough.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use ratatui::crossterm::event::Event;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use super::draw::Screen;
use super::input::{Input, inputs};
use super::keys;
use super::layout::Layout;
use super::model::Model;
use super::terminal::Terminal;
use super::view::{Action, View};
use crate::following::{Clock, Source};
use crate::ticks::Ticks;

/// What ended the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The user, or the terminal, which is gone.
    Seen,
    /// A signal, by which it still has to end.
    Signal(i32),
}

impl End {
    /// Ends the program by the signal that wanted it to, as whoever sent that expects.
    pub fn pass_on(self) {
        if let Self::Signal(signal) = self {
            // Else it ends as well, a moment later.
            let _ = emulate_default_handler(signal);
        }
    }
}

/// What could not be read is remembered up to this number.
const MAX_PROBLEMS: usize = 100;

/// The program while it has the terminal.
struct Program<'a> {
    source: &'a mut dyn Source,
    clock: &'a dyn Clock,
    model: Model,
    view: View,
    layout: Layout,
    terminal: Terminal,
    /// When files are to be read next.
    next: Duration,
    /// Whether the screen shows what there is.
    is_drawn: bool,
    problems: Vec<String>,
}

/// Shows the files of `source` on the terminal until the user ends it, and says what could not be read,
/// safe to show. The terminal is as it was before.
///
/// # Errors
/// If there is no terminal that could be used.
pub fn run(
    source: &mut dyn Source,
    clock: &dyn Clock,
    model: Model,
    view: View,
) -> io::Result<(End, Vec<String>)> {
    let inputs = inputs()?;
    let start = clock.now().monotonic;
    let mut program = Program {
        source,
        clock,
        model,
        layout: Layout::new(Rect::default(), &view),
        view,
        terminal: Terminal::open()?,
        next: start,
        is_drawn: false,
        problems: Vec::new(),
    };
    // It fails when the terminal is gone: then nobody is left to be told.
    let end = program.go_on(&inputs).unwrap_or(End::Seen);
    Ok((end, program.problems))
}

impl Program<'_> {
    /// The monotonic time.
    fn now(&self) -> Duration {
        self.clock.now().monotonic
    }

    fn go_on(&mut self, inputs: &Receiver<Input>) -> io::Result<End> {
        loop {
            if !self.view.is_paused && self.now() >= self.next {
                self.read();
            }
            if !self.is_drawn {
                self.draw()?;
            }
            let mut input = match self.wait(inputs) {
                Ok(input) => Some(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Seen),
            };
            // All that has come meanwhile is shown at once.
            while let Some(next) = input {
                if let Some(end) = self.take(next)? {
                    return Ok(end);
                }
                input = inputs.try_recv().ok();
            }
        }
    }

    fn wait(&self, inputs: &Receiver<Input>) -> Result<Input, RecvTimeoutError> {
        if self.view.is_paused {
            return inputs.recv().map_err(|_| RecvTimeoutError::Disconnected);
        }
        inputs.recv_timeout(self.next.saturating_sub(self.now()))
    }

    fn read(&mut self) {
        self.model.poll(self.source, self.clock.now());
        let problems = self.model.take_problems();
        if let Some(problem) = problems.last() {
            self.view.message = Some(problem.clone());
        }
        let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
        self.problems.extend(problems.into_iter().take(room));
        // Those that were missed are left out.
        let now = self.now();
        self.next = now + Ticks::new(self.next, self.view.interval).next(now).time;
        self.is_drawn = false;
    }

    fn draw(&mut self) -> io::Result<()> {
        let Self { source, model, view, layout, .. } = self;
        let nothing =
            if model.writers().next().is_none() { model.nothing_shown(*source) } else { String::new() };
        self.terminal.draw(|frame| {
            *layout = Layout::new(frame.area(), view);
            view.update(model, layout.height());
            Screen { model, view, layout, nothing: &nothing }.render(frame.area(), frame.buffer_mut());
        })?;
        model.watch(&view.shown_fields());
        self.is_drawn = true;
        Ok(())
    }

    fn take(&mut self, input: Input) -> io::Result<Option<End>> {
        match input {
            Input::Closed => return Ok(Some(End::Seen)),
            Input::End(signal) => return Ok(Some(End::Signal(signal))),
            Input::Suspend => self.suspend()?,
            Input::Redraw => self.redraw()?,
            Input::Resize => self.is_drawn = false,
            Input::Events(events) => return self.take_events(&events),
        }
        Ok(None)
    }

    /// Does what keys and the mouse say. Text that came at once is one change of the filter: each change finds all rows
    /// anew.
    fn take_events(&mut self, events: &[Event]) -> io::Result<Option<End>> {
        let mut typed = String::new();
        for event in events {
            if let Some(text) = keys::text(event, self.view.mode) {
                typed += &text;
                continue;
            }
            self.enter(&mut typed);
            match keys::action(event, &self.view, &self.layout) {
                Some(Action::Quit) => return Ok(Some(End::Seen)),
                Some(Action::Suspend) => self.suspend()?,
                Some(Action::Redraw) => self.redraw()?,
                Some(action) => self.apply(action),
                None => {}
            }
        }
        self.enter(&mut typed);
        Ok(None)
    }

    /// Adds what was `typed` to the filter, as far as there is room for it.
    fn enter(&mut self, typed: &mut String) {
        let text = std::mem::take(typed);
        if !text.is_empty() {
            self.apply(Action::Type(self.view.wanted.filter.with(&text)));
        }
    }

    fn apply(&mut self, action: Action) {
        self.is_drawn = false;
        let before = (self.view.interval, self.view.is_paused);
        self.view.apply(action, &self.model);
        if before != (self.view.interval, self.view.is_paused) {
            self.next = (self.model.now.monotonic + self.view.interval).max(self.now());
        }
    }

    /// Gives the terminal to the shell until that lets the program go on.
    fn suspend(&mut self) -> io::Result<()> {
        self.is_drawn = false;
        self.terminal.lend(|| emulate_default_handler(SIGTSTP))
    }

    /// Draws everything anew, whatever somebody else has put on the screen.
    fn redraw(&mut self) -> io::Result<()> {
        self.is_drawn = false;
        self.terminal.lend(|| Ok(()))
    }
}
