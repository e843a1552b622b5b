//! The terminal: taken over, drawn on, and given back as it was.

use std::fmt;
use std::io::{self, BufWriter, Stdout, Write};
use std::panic;

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::Print;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::Rect;
use ratatui::{Frame, TerminalOptions, Viewport};

use crate::terminal::{Size, size};

/// Asks for the mouse's buttons and its wheel, at any column. Nobody asks where it moves, so that it costs
/// nothing, which is why this is not crossterm's.
const ENABLE_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const DISABLE_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal, as long as this lives. It is given back also by a panic.
pub struct Terminal(ratatui::Terminal<Backend>);

impl Terminal {
    /// Takes over the terminal that standard output is.
    ///
    /// # Errors
    /// If it is none, or there is none to read keys from.
    pub fn open() -> io::Result<Self> {
        let says = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            leave();
            says(info);
        }));
        enter().inspect_err(|_| leave())?;
        Ok(Self(new_backend().inspect_err(|_| leave())?))
    }

    /// Draws a screen.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // As its own `draw` does, which hides the cursor at each frame, and at its end complains where there
        // is no terminal any more to show it.
        let area = area();
        if area != self.0.get_frame().area() {
            self.0.resize(area)?;
        }
        draw(&mut self.0.get_frame());
        self.0.flush()?;
        self.0.swap_buffers();
        self.0.backend_mut().flush()
    }

    /// Gives the terminal back while `others` use it.
    ///
    /// # Errors
    /// If it cannot be taken over again.
    pub fn lend(&mut self, others: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        leave();
        others()?;
        enter()?;
        // It knows nothing of what is on the screen now, and so draws everything.
        self.0 = new_backend()?;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}

fn new_backend() -> io::Result<ratatui::Terminal<Backend>> {
    let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
    // Of a size that is found here: ratatui would take a terminal that does not know its size for one of no size.
    ratatui::Terminal::with_options(backend, TerminalOptions { viewport: Viewport::Fixed(area()) })
}

/// What can be drawn on; nothing where there is no terminal any more.
fn area() -> Rect {
    size().map_or(Rect::ZERO, |Size { columns, rows }| Rect::new(0, 0, columns, rows))
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Hide,
        Clear(ClearType::All),
        Print(ENABLE_MOUSE),
        EnableBracketedPaste
    )
}

/// Gives the terminal back, whatever it is like now.
pub(super) fn leave() {
    // Where the terminal is gone there is nothing to restore. What needs no room on it comes first.
    let _ = disable_raw_mode();
    let _ = execute!(io::stdout(), DisableBracketedPaste, Print(DISABLE_MOUSE), LeaveAlternateScreen, Show);
    let _ = io::stdout().flush();
}
