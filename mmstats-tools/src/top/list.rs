//! All fields of all processes in one list.

use std::collections::HashMap;

use super::order::{Order, Sort};
use super::rows::{Builder, Row, Tree};
use super::shape::Shape;

impl Builder<'_> {
    /// All fields of `trees`, one process after the other.
    pub(super) fn list_by_process(&self, trees: &[(Tree<'_>, usize)], rows: &mut Vec<Row>) {
        for (tree, _) in trees {
            self.list_nodes(*tree, tree.writer.shape.tree.roots(), rows);
        }
    }

    fn list_nodes(&self, tree: Tree<'_>, nodes: &[u32], rows: &mut Vec<Row>) {
        for node in nodes.iter().filter_map(|node| tree.writer.shape.tree.node(*node)) {
            match &node.group {
                Some(group) => self.list_nodes(tree, &group.children, rows),
                None if self.is_shown(tree, node.field) => rows.push(Row::in_list(tree.id, node.field)),
                None => {}
            }
        }
    }

    /// All fields of `trees` in one list, by their labels or values.
    pub(super) fn list(&self, trees: &[(Tree<'_>, usize)], rows: &mut Vec<Row>) {
        let order = self.wanted.order;
        let labels = match order.sort {
            Sort::Name => Labels::new(trees.iter().map(|(tree, _)| &*tree.writer.shape)),
            _ => Labels::default(),
        };
        // The place, the index of the tree, by which those at one place are sorted, and the field: in one
        // number, since there may be a hundred thousand to be sorted at each reading.
        let mut places: Vec<u128> = Vec::with_capacity(rows.capacity());
        for (index, (tree, _)) in (0_u32..).zip(trees) {
            let of_shape = labels.of(&tree.writer.shape);
            let fields = tree.writer.shape.fields.iter().zip(&tree.writer.tracks);
            for (field, (of_field, track)) in (0_u32..).zip(fields) {
                if !self.is_shown(*tree, field) {
                    continue;
                }
                let place = match order.sort {
                    Sort::Name => of_shape.get(field as usize).copied().unwrap_or_default(),
                    sort => order.place(sort.of_field(tree.writer, of_field, track, self.model.now.moment)),
                };
                places.push(u128::from(place) << 64 | u128::from(index) << 32 | u128::from(field));
            }
        }
        places.sort_unstable();
        #[expect(clippy::cast_possible_truncation, reason = "so they were put together")]
        let row = |place: u128| {
            let (index, field) = ((place >> 32) as u32, place as u32);
            let (tree, _) = trees.get(index as usize)?;
            Some(Row::in_list(tree.id, field))
        };
        rows.extend(places.into_iter().filter_map(row));
        if matches!(order, Order { sort: Sort::Name, is_reversed: true }) {
            rows.reverse();
        }
    }
}

/// Where the label of each field comes among those of all shapes: those that are the same are at one place.
#[derive(Debug, Default)]
struct Labels {
    /// Of the fields of each shape.
    places: HashMap<u64, Vec<u64>>,
}

impl Labels {
    /// Those of `shapes`, of which many may be the same.
    fn new<'a>(shapes: impl Iterator<Item = &'a Shape>) -> Self {
        let mut places: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut labels: Vec<(&str, u64, usize)> = Vec::new();
        for shape in shapes {
            places.entry(shape.id).or_insert_with(|| {
                let fields = shape.fields.iter().enumerate();
                labels.extend(fields.map(|(index, field)| (field.description.label(), shape.id, index)));
                vec![0; shape.fields.len()]
            });
        }
        labels.sort_unstable();
        for (place, same) in (0..).zip(labels.chunk_by(|(one, ..), (other, ..)| one == other)) {
            for (_, shape, index) in same {
                if let Some(of_field) = places.get_mut(shape).and_then(|places| places.get_mut(*index)) {
                    *of_field = place;
                }
            }
        }
        Self { places }
    }

    /// The places of the fields of `shape`.
    fn of(&self, shape: &Shape) -> &[u64] {
        self.places.get(&shape.id).map_or(&[], Vec::as_slice)
    }
}
