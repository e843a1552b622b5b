//! The order of labels over all processes.

use std::collections::HashMap;

use super::shape::Shape;

/// Where the label of each field comes among those of all shapes: those that are the same are at one place.
#[derive(Debug, Default)]
pub struct Labels {
    /// Of the fields of each shape.
    places: HashMap<u64, Vec<u64>>,
}

impl Labels {
    /// Those of `shapes`, of which many may be the same.
    pub fn new<'a>(shapes: impl Iterator<Item = &'a Shape>) -> Self {
        let mut places: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut labels: Vec<(&str, u64, usize)> = Vec::new();
        for shape in shapes {
            places.entry(shape.id).or_insert_with(|| {
                let fields = shape.fields().iter().enumerate();
                labels.extend(fields.map(|(index, field)| (shape.label(field), shape.id, index)));
                vec![0; shape.fields().len()]
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
    pub fn of(&self, shape: &Shape) -> &[u64] {
        self.places.get(&shape.id).map_or(&[], Vec::as_slice)
    }
}
