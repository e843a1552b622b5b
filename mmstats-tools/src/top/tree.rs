//! The fields of a file as a tree, by what their labels have in common.

/// Groups of fields, and the fields in them.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    roots: Vec<u32>,
}

/// A group or a field.
#[derive(Debug)]
pub struct Node {
    /// The field, or one of those of a group.
    pub field: u32,
    /// Bytes of its label that the groups around it show already.
    pub from: u32,
    /// What is below it, if it is a group.
    pub group: Option<Box<Group>>,
}

// Small, because there may be a hundred thousand nodes. Most of them are fields.
const _: () = assert!(size_of::<Node>() == 16);

/// Fields whose labels start alike, or are the same.
#[derive(Debug)]
pub struct Group {
    /// Bytes that their labels have in common, without the dot behind them.
    pub len: usize,
    /// By label, and those of one label in the writer's order.
    pub children: Vec<u32>,
}

/// How deep groups lie in groups. Labels may have any number of dots.
const MAX_DEPTH: usize = 8;

/// The group of what every file says of its process.
pub(super) const SYS: &str = "sys";

impl Tree {
    /// Builds the tree of the fields with these `labels`. Each leaf has the index of its field.
    pub fn new<'a>(labels: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let mut labels: Vec<(&str, u32)> = labels.collect();
        // What is said of the process comes last.
        let is_sys = |label: &str| label.strip_prefix(SYS).is_some_and(|rest| rest.starts_with('.'));
        labels.sort_by_key(|(label, _)| (is_sys(label), *label));
        let mut tree = Self::default();
        tree.roots = tree.add_all(&labels, 0, 0);
        tree
    }

    /// What is not in any group, and the groups that are in none.
    pub fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// The node of this index.
    pub fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    /// Adds `labels`, which are sorted and have `from` bytes in common, below groups of this depth.
    fn add_all(&mut self, labels: &[(&str, u32)], from: usize, depth: usize) -> Vec<u32> {
        let segment = |label: &str| label.get(from..).unwrap_or_default().find('.').map(|len| from + len);
        let mut nodes = Vec::new();
        let mut rest = labels;
        while let Some((first, _)) = rest.first() {
            let same = rest.iter().take_while(|(label, _)| label == first).count();
            let end = segment(first);
            let below = match end {
                Some(end) if depth < MAX_DEPTH => {
                    rest.iter().take_while(|(label, _)| label.get(..=end) == first.get(..=end)).count()
                }
                _ => same,
            };
            let (these, others) = rest.split_at(below.max(same));
            rest = others;
            nodes.push(match these {
                [(_, field)] => self.add(*field, from, None),
                _ if below > same => self.add_group(these, from, depth),
                _ => self.add_label(these, from),
            });
        }
        nodes
    }

    /// Adds `labels`, several that start with one word.
    fn add_group(&mut self, labels: &[(&str, u32)], from: usize, depth: usize) -> u32 {
        let ((first, field), (last, _)) = match labels {
            [first, .., last] => (*first, *last),
            _ => return 0,
        };
        // Sorted as they are, what the first and the last have in common all have.
        let common = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
        // A label that is the start of another has no dot there, but would be in a group of its own.
        let len =
            first.as_bytes().get(..common).and_then(|common| common.iter().rposition(|byte| *byte == b'.'));
        let len = len.unwrap_or(common);
        let children = self.add_all(labels, len + 1, depth + 1);
        self.add(field, from, Some(Group { len, children }))
    }

    /// Adds `labels`, which are one that several fields have.
    fn add_label(&mut self, labels: &[(&str, u32)], from: usize) -> u32 {
        let len = labels.first().map_or(0, |(label, _)| label.len());
        let children = labels.iter().map(|(_, field)| self.add(*field, len, None)).collect();
        let field = labels.first().map_or(0, |(_, field)| *field);
        self.add(field, from, Some(Group { len, children }))
    }

    fn add(&mut self, field: u32, from: usize, group: Option<Group>) -> u32 {
        // It fits, because readers refuse files with longer labels.
        let (from, group) = (u32::try_from(from).unwrap_or(u32::MAX), group.map(Box::new));
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { field, from, group });
        index
    }
}
