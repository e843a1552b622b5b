//! A file has one layout, whatever the kind of parameter.

use mmstats::{Counter, MmStats};

#[derive(MmStats)]
#[repr(C)]
struct OfType<T: Copy> {
    hits: Counter,
    other: std::marker::PhantomData<T>,
}

#[derive(MmStats)]
#[repr(C)]
struct OfLifetime<'a> {
    hits: Counter,
    other: std::marker::PhantomData<&'a ()>,
}

#[derive(MmStats)]
#[repr(C)]
struct OfNumber<const N: usize> {
    hits: Counter,
}

fn main() {
    let _ = OfType::<u8>::create();
    let _ = OfLifetime::create();
    let _ = OfNumber::<3>::create();
}
