//! Which modules use which, as arrows between submodules of one module.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Modules;

/// The ends of an arrow: the path of the module that contains both, and their names.
type Arrow = (String, String, String);

/// Arrows, each with an example of a path that it stands for.
pub(crate) struct Graph(BTreeMap<Arrow, String>);

impl Graph {
    pub(crate) fn of(modules: &Modules) -> Self {
        let arrow = |it: super::modules::Use| ((it.within.join("::"), it.from, it.to), it.example);
        Self(modules.uses().into_iter().map(arrow).collect())
    }

    /// The arrows between the modules in the module `within`, with examples.
    pub(crate) fn within(&self, within: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        let arrows = self.0.iter().filter(move |((module, ..), _)| module == within);
        arrows.map(|((_, from, to), example)| (from.as_str(), to.as_str(), example.as_str()))
    }

    /// The arrows on cycles, with examples.
    pub(crate) fn on_cycles(&self) -> BTreeMap<&Arrow, &str> {
        let is_on_cycle = |(within, from, to): &Arrow| self.leads(within, to, from);
        self.0
            .iter()
            .filter(|(arrow, _)| is_on_cycle(arrow))
            .map(|(arrow, example)| (arrow, &**example))
            .collect()
    }

    /// Whether arrows lead from the module `from` to the module `to`, both in `within`.
    fn leads(&self, within: &str, from: &str, to: &str) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            if seen.insert(module) {
                next.extend(self.within(within).filter(|(from, ..)| *from == module).map(|(_, to, _)| to));
            }
        }
        seen.contains(to)
    }
}
