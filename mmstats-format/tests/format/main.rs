//! The format as its users meet it: bytes in, records out.
//!
//! | module | what it protects |
//! |---|---|
//! | `hexdump` | docs/FORMAT.md shows the bytes that are meant |
//! | `records` | every record keeps what it was given, at the documented bytes |
//! | `damage` | a flipped bit or a cut record is noticed |
//! | `geometry` | regions and values lie where they may, or the error says which does not |
//! | `image` | a built file decodes to its description, or the error says why the file cannot be built |
//! | `tagged` | a value of several words is never seen half written |
//! | `values` | values are decoded as their types say |
//! | `distributions` | what averages, histograms and timers say of the values that they took in |
//! | `summaries` | derived numbers are exact, or bounds that hold |

mod damage;
mod distributions;
mod geometry;
mod hexdump;
mod image;
mod records;
mod summaries;
mod support;
mod tagged;
mod values;
