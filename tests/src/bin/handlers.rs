//! A program whose signal handler counts in a [`mmstats::thread_local!`] static, and does what its standard
//! input says, line by line. It publishes below `MMSTATS_PATH`.
//!
//! | command | answer |
//! |---|---|
//! | `raise N` | `done`, after the main thread handled N signals |
//! | `init` | the file's path |
//! | `run WHAT THREADS` | the first uses and the signals so far, once so many more threads had their first use in the handler while they did WHAT |
//! | `fork-each N` | how many children there were: at each Nth instruction of a thread's first use a handler has forked, and the child has published and found all that it counted; else `error: …`. Only on x86-64 |
//! | `small-stack` | `done`, after the first use in a handler whose stack is smaller than the struct |
//! | `exit THREADS` | the same, while the process exits: THREADS in a function of `atexit` from before `init`, and as many in one from after it |
//!
//! WHAT is `start` (and end at once), `allocate`, `fork`, `count` (have their own first use as well), or
//! `destroy` (run a destructor of a thread-local).
//!
//! A thread sends SIGUSR1 to all threads but itself and the main thread, as soon as it finds them.
#![expect(unsafe_code, reason = "handles signals, forks, and registers functions for the end")]

use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, Write};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use mmstats::{Counter, Histogram, MmStats, Text};
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, gettid};

#[derive(MmStats)]
#[repr(C)]
struct HandlerStats {
    /// Signals that were handled.
    handled: Counter,
    /// Threads that counted by themselves.
    counted: Counter,
    #[mmstats(value = "constant")]
    version: Text<16>,
}

/// A struct that is larger than [`STACK_LEN`].
#[derive(MmStats)]
#[repr(C)]
struct LargeStats {
    handled: Counter,
    sizes: [Histogram; 8],
}

mmstats::thread_local! {
    static STATS: HandlerStats;
    static LARGE: LargeStats;
}

/// Signals that were handled.
static HANDLED: AtomicU64 = AtomicU64::new(0);
/// Threads whose first use was the handler's.
static FIRST: AtomicU64 = AtomicU64::new(0);

std::thread_local! {
    static HAS_HANDLED: Cell<bool> = const { Cell::new(false) };
    static HAS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// A thread waits at most so long for a signal: with this many processes beside, it may not come.
const PATIENCE: Duration = Duration::from_millis(20);
/// Threads at a time. The file has room for twice as many.
const AT_A_TIME: u64 = 32;

extern "C" fn handle(_: libc::c_int) {
    const SENTINEL: i32 = 12345;
    let errno = Errno::last_raw();
    Errno::set_raw(SENTINEL);
    STATS.with_in_handler(|stats| stats.handled.incr());
    // A handler that changes errno breaks what it interrupts.
    if Errno::last_raw() != SENTINEL {
        std::process::abort();
    }
    Errno::set_raw(errno);
    HANDLED.fetch_add(1, Relaxed);
    if !HAS_HANDLED.replace(true) && !HAS_COUNTED.get() {
        FIRST.fetch_add(1, Relaxed);
    }
}

fn main() -> io::Result<()> {
    let action = SigAction::new(SigHandler::Handler(handle), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler touches atomics, thread-locals without destructors, and what is tested.
    unsafe { sigaction(Signal::SIGUSR1, &action) }?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<u64>().expect("a number");
        let answer = match words.as_slice() {
            ["raise", n] => {
                (0..number(n)).try_for_each(|_| raise(Signal::SIGUSR1))?;
                "done".to_owned()
            }
            ["init"] => {
                // Functions of `atexit` run in reverse order: this one after the file is removed.
                at_exit();
                STATS.init(HandlerStats::options().keep(true).capacity(2 * 32)).expect("a place");
                at_exit();
                at_fork();
                send_signals();
                STATS.path().display().to_string()
            }
            ["run", what, threads] => {
                run(what, number(threads));
                so_far()
            }
            #[cfg(target_arch = "x86_64")]
            ["fork-each", n] => {
                STATS.init(HandlerStats::options().capacity(4)).expect("a place");
                stepping::fork_each(number(n))
            }
            ["small-stack"] => {
                use_small_stack();
                "done".to_owned()
            }
            ["exit", threads] => {
                AT_EXIT.store(number(threads), Relaxed);
                exit(0);
            }
            _ => format!("error: not understood: {line}"),
        };
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(())
}

fn so_far() -> String {
    format!("{} {}", FIRST.load(Relaxed), HANDLED.load(Relaxed))
}

/// Starts a thread that sends SIGUSR1 to all others but the main thread: to each as soon as it finds it, and
/// a few times more. More than that would keep them from everything else.
fn send_signals() {
    const SIGNALS: u32 = 4;
    thread::spawn(|| {
        SigSet::all().thread_block().expect("a mask");
        let (process, own) = (std::process::id().cast_signed(), gettid().as_raw());
        let mut sent: HashMap<i32, u32> = HashMap::new();
        loop {
            let mut found = HashMap::new();
            for entry in fs::read_dir("/proc/self/task").expect("/proc").flatten() {
                let tid: i32 = entry.file_name().to_str().and_then(|tid| tid.parse().ok()).expect("a tid");
                let times = sent.get(&tid).copied().unwrap_or_default();
                if tid != process && tid != own && times < SIGNALS {
                    // SAFETY: sends a signal that has a handler. The thread may be gone.
                    unsafe { libc::syscall(libc::SYS_tgkill, process, tid, libc::SIGUSR1) };
                }
                found.insert(tid, times + 1);
            }
            // Of threads that are gone nothing is kept: another may get the number.
            sent = found;
            thread::yield_now();
        }
    });
}

/// Starts threads that do `what`, until for `threads` more of them the first use was in the handler.
fn run(what: &str, threads: u64) {
    let body = match what {
        "start" => || (),
        "allocate" => || until_handled(allocate),
        "fork" => || until_handled(fork_once),
        "count" => count,
        "destroy" => || DESTROYED.with(|_| ()),
        _ => panic!("it does {what}"),
    };
    let wanted = FIRST.load(Relaxed) + threads;
    while FIRST.load(Relaxed) < wanted {
        let threads: Vec<_> = (0..AT_A_TIME).map(|_| thread::spawn(body)).collect();
        for thread in threads {
            thread.join().expect("it ends");
        }
    }
}

fn until_handled(mut body: impl FnMut()) {
    let start = Instant::now();
    while !HAS_HANDLED.get() && start.elapsed() < PATIENCE {
        body();
    }
}

/// Keeps the allocator busy.
fn allocate() {
    let kept: Vec<Vec<u8>> = (0..100).map(|n| vec![0; n * 37 % 3000 + 1030]).collect();
    std::hint::black_box(kept);
}

fn fork_once() {
    // SAFETY: the child counts, which is what is tested, and ends.
    match unsafe { fork() }.expect("a child") {
        ForkResult::Child => {
            STATS.with(|stats| stats.handled.incr());
            // SAFETY: ends the child, without the functions of `atexit`.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => _ = waitpid(child, None),
    }
}

fn count() {
    HAS_COUNTED.set(true);
    STATS.with(|stats| stats.counted.incr());
    HAS_COUNTED.set(HAS_HANDLED.get());
    until_handled(|| STATS.with(|stats| stats.counted.add(0)));
}

/// Its destructor waits for a signal.
struct Destroyed;

std::thread_local! {
    static DESTROYED: Destroyed = const { Destroyed };
}

impl Drop for Destroyed {
    fn drop(&mut self) {
        until_handled(allocate);
        STATS.with(|stats| stats.counted.incr());
    }
}

/// Has each fork count, in the parent and in the child.
fn at_fork() {
    extern "C" fn count_fork() {
        STATS.with(|stats| stats.counted.incr());
    }
    // SAFETY: a function of this program that does not unwind.
    unsafe { libc::pthread_atfork(Some(count_fork), Some(count_fork), Some(count_fork)) };
}

/// Threads to start at the exit.
static AT_EXIT: AtomicU64 = AtomicU64::new(0);

fn at_exit() {
    extern "C" fn start_threads() {
        run("allocate", AT_EXIT.load(Relaxed));
        // The last one counts.
        let _ = writeln!(io::stdout(), "{}", so_far());
    }
    // SAFETY: a function of this program that does not unwind.
    unsafe { libc::atexit(start_threads) };
}

/// Bytes of the stack of a handler.
const STACK_LEN: usize = 32 << 10;

/// Has a handler on a small stack be the first one that counts in a large struct.
fn use_small_stack() {
    extern "C" fn handle_large(_: libc::c_int) {
        LARGE.with(count_large);
    }
    const { assert!(size_of::<LargeStats>() > STACK_LEN) };
    LARGE.init(LargeStats::options().capacity(4)).expect("a place");
    // Nothing can be below the stack, where an overflow would go.
    // SAFETY: a new mapping at an address that the system chooses.
    let mapping = unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        libc::mmap(std::ptr::null_mut(), 64 * STACK_LEN, libc::PROT_NONE, flags, -1, 0)
    };
    assert_ne!(mapping, libc::MAP_FAILED);
    let stack = mapping.wrapping_byte_add(63 * STACK_LEN);
    // SAFETY: a part of the mapping, which nobody uses.
    assert_eq!(unsafe { libc::mprotect(stack, STACK_LEN, libc::PROT_READ | libc::PROT_WRITE) }, 0);
    let stack = libc::stack_t { ss_sp: stack, ss_flags: 0, ss_size: STACK_LEN };
    // SAFETY: the stack stays as long as the process.
    assert_eq!(unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) }, 0);
    let action = SigAction::new(SigHandler::Handler(handle_large), SaFlags::SA_ONSTACK, SigSet::empty());
    // SAFETY: the handler does what is tested, and nothing else.
    unsafe { sigaction(Signal::SIGUSR2, &action) }.expect("a handler");
    raise(Signal::SIGUSR2).expect("a signal");
    assert_eq!(LARGE.with(|stats| stats.handled.get()), 1);
}

/// Not inlined: so the compiler cannot do without the struct.
#[inline(never)]
fn count_large(stats: &LargeStats) {
    stats.handled.incr();
}

/// A thread's first use, which a handler interrupts at one of its instructions.
#[cfg(target_arch = "x86_64")]
mod stepping {
    use std::arch::asm;
    use std::sync::atomic::AtomicBool;

    use mmstats_reader::{Reader, Value};
    use nix::sys::wait::WaitStatus;

    use super::{
        AtomicU64, ForkResult, Relaxed, STATS, SaFlags, SigAction, SigHandler, SigSet, Signal, fork, fs,
        sigaction, thread, waitpid,
    };

    /// The processor traps after each instruction while this flag is set.
    const TRAP_FLAG: u64 = 0x100;

    /// The instruction to fork at, and those that there were.
    static FORK_AT: AtomicU64 = AtomicU64::new(0);
    static STEPS: AtomicU64 = AtomicU64::new(0);
    static IS_CHILD: AtomicBool = AtomicBool::new(false);
    static ALL_SUCCEED: AtomicBool = AtomicBool::new(true);

    extern "C" fn handle_trap(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
        if STEPS.fetch_add(1, Relaxed) != FORK_AT.load(Relaxed) {
            return;
        }
        let context: *mut libc::ucontext_t = context.cast();
        // SAFETY: the system gives the handler this context, and nobody else has it.
        let flags = unsafe { &mut (*context).uc_mcontext.gregs[libc::REG_EFL as usize] };
        *flags &= !TRAP_FLAG.cast_signed();
        // SAFETY: the child goes on with the lease, which is what is tested.
        match unsafe { fork() }.expect("a child") {
            ForkResult::Child => IS_CHILD.store(true, Relaxed),
            ForkResult::Parent { child } => {
                let is_success = waitpid(child, None) == Ok(WaitStatus::Exited(child, 0));
                ALL_SUCCEED.fetch_and(is_success, Relaxed);
            }
        }
    }

    /// Forks at each `n`th instruction of a first use, each time in a new thread.
    pub(crate) fn fork_each(n: u64) -> String {
        let action = SigAction::new(SigHandler::SigAction(handle_trap), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler forks and touches atomics.
        unsafe { sigaction(Signal::SIGTRAP, &action) }.expect("a handler");
        for children in 0.. {
            FORK_AT.store(children * n, Relaxed);
            STEPS.store(0, Relaxed);
            thread::spawn(use_first).join().expect("it ends");
            if !ALL_SUCCEED.load(Relaxed) {
                return format!("error: the child of the instruction {} failed", children * n);
            }
            if STEPS.load(Relaxed) <= FORK_AT.load(Relaxed) {
                return children.to_string();
            }
        }
        unreachable!("a first use ends")
    }

    fn use_first() {
        // SAFETY: sets a flag of the processor, for which there is a handler.
        unsafe { asm!("pushfq", "or qword ptr [rsp], {}", "popfq", const TRAP_FLAG) };
        STATS.with(|stats| stats.counted.incr());
        // SAFETY: resets it.
        unsafe { asm!("pushfq", "and qword ptr [rsp], -{} - 1", "popfq", const TRAP_FLAG) };
        if IS_CHILD.load(Relaxed) {
            let is_whole = std::panic::catch_unwind(check_child).is_ok();
            // SAFETY: ends the child, without the functions of `atexit`.
            unsafe { libc::_exit(i32::from(!is_whole)) }
        }
    }

    /// The child can publish what this thread has counted, and counts on.
    fn check_child() {
        mmstats::publish_after_fork().expect("a place");
        let path = STATS.path();
        STATS.with(|stats| stats.handled.add(10));
        let mut reader = Reader::open(&path).expect("a file");
        let snapshot = reader.snapshot().expect("a whole file");
        let value = |label| snapshot.metrics().find(|metric| metric.label() == label)?.value().ok();
        assert_eq!(value("handled"), Some(Value::U64(10)));
        assert_eq!(value("counted"), Some(Value::U64(STATS.with(|stats| stats.counted.get()))));
        assert_eq!(value("version"), Some(Value::Text("constant".into())));
        assert_eq!(value("mmstats.unpublished_writers"), Some(Value::U64(0)));
        fs::remove_file(path).expect("a file");
    }
}
