//! Integers that are little-endian in memory on every machine.

use bytemuck::{Pod, Zeroable};

macro_rules! little_endian {
    ($($name:ident($native:ty);)*) => {$(
        #[doc = concat!("A `", stringify!($native), "` that is little-endian in memory, naturally aligned.")]
        #[derive(Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
        #[repr(transparent)]
        pub struct $name($native);

        impl $name {
            /// Stores `value` as little-endian.
            #[inline]
            pub const fn new(value: $native) -> Self {
                Self(value.to_le())
            }

            /// The value in this machine's order.
            #[inline]
            pub const fn get(self) -> $native {
                <$native>::from_le(self.0)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.get().fmt(f)
            }
        }
    )*};
}

little_endian! {
    Le16(u16);
    Le32(u32);
    Le64(u64);
}
