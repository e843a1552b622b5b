//! A program that loads the library at the path that it is given, has threads count by it, unloads it while
//! they live, and ends them after that.
#![expect(unsafe_code, reason = "loads a library")]

use std::env;
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::sync::Barrier;
use std::thread;

const THREADS: usize = 8;

fn main() {
    let path = env::args_os().nth(1).expect("a library");
    let path = CString::new(path.as_bytes()).expect("a path");
    let (counted, unloaded) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    // SAFETY: the library is one of these tests, which does nothing when it is loaded.
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
    assert!(!library.is_null(), "it can be loaded");
    let find = |name: &CStr| {
        // SAFETY: the library is loaded.
        let function = unsafe { libc::dlsym(library, name.as_ptr()) };
        assert!(!function.is_null(), "it has {name:?}");
        function
    };
    let (init, count) = (find(c"plugin_init"), find(c"plugin_count"));
    // SAFETY: that is what its type is.
    let init: extern "C" fn() -> bool = unsafe { std::mem::transmute(init) };
    // SAFETY: likewise.
    let count: extern "C" fn() = unsafe { std::mem::transmute(count) };
    assert!(init(), "it can publish");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                count();
                counted.wait();
                unloaded.wait();
            });
        }
        counted.wait();
        // SAFETY: nobody calls its functions any more.
        assert_eq!(unsafe { libc::dlclose(library) }, 0);
        let maps = std::fs::read("/proc/self/maps").expect("/proc");
        let is_loaded = maps.windows(path.count_bytes()).any(|window| window == path.to_bytes());
        println!("{}", if is_loaded { "still loaded" } else { "unloaded" });
        unloaded.wait();
    });
}
