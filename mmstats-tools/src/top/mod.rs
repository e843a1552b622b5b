//! topstats: what all processes count, on a full screen that goes on.
//!
//! The model knows nothing of a terminal, and the view nothing of files; what is drawn is a function of both.
//!
//! | module | what it does |
//! |---|---|
//! | [`model`], [`writer`] | all files; one file and its process |
//! | [`track`] | what is known of a field: its value, rates, history |
//! | [`shape`], [`tree`] | names of fields, which many files share; how they are grouped |
//! | [`view`], [`folds`] | what is selected, sorted, open; what actions make of it |
//! | [`rows`], [`list`], [`filter`] | which rows there are: as trees, in one list; of what |
//! | [`order`] | in which order |
//! | [`keys`] | what keys and the mouse do |
//! | [`layout`] | what is where on the screen |
//! | [`draw`] | the screen |
//! | [`once`] | the same as text, once |
//! | [`terminal`], [`input`], [`parser`] | the terminal; keys and signals from it; bytes that are keys |
//! | [`run`](mod@run) | goes on until the user has seen enough |

pub mod draw;
pub mod filter;
pub mod folds;
pub mod input;
pub mod keys;
pub mod layout;
pub mod list;
pub mod model;
pub mod once;
pub mod order;
pub mod parser;
pub mod rows;
pub mod run;
pub mod shape;
pub mod terminal;
pub mod track;
pub mod tree;
pub mod view;
pub mod writer;
