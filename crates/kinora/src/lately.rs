//! What was asked for lately: a bounded map that forgets what nobody asks for.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// A bounded cache in two generations: what is asked for stays in the young one; when that
/// is half of what may be held, it becomes the old one, and what was in the old one and was
/// not asked for since is forgotten. Every step takes constant time.
pub struct Lately<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    /// Of the young generation.
    weight: usize,
    weight_max: usize,
}

impl<K: Eq + Hash, V: Clone> Lately<K, V> {
    /// A cache that holds at most so much weight. What one weighs is said with it.
    pub fn new(weight_max: usize) -> Lately<K, V> {
        Lately {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
            weight_max,
        }
    }

    /// What is held of a key.
    pub fn find<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, (value, weight)) = self.old.remove_entry(key)?;
        self.keep(key, value.clone(), weight);
        Some(value)
    }

    /// Holds a value, in the place of the one that was there.
    pub fn keep(&mut self, key: K, value: V, weight: usize) {
        let half = self.weight_max / 2;
        if weight > half {
            self.old.remove(&key);
            return;
        }
        if self.weight + weight > half {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.old.remove(&key);
        let before = self.young.insert(key, (value, weight));
        self.weight = self.weight - before.map_or(0, |(_, weight)| weight) + weight;
    }
}

#[cfg(test)]
mod tests {
    use super::Lately;

    #[test]
    fn what_is_asked_for_stays() {
        let mut lately = Lately::new(20);
        lately.keep("used".to_owned(), 0, 1);
        for n in 1..1000 {
            lately.keep(n.to_string(), n, 1);
            assert_eq!(lately.find("used"), Some(0));
            assert!(lately.young.len() + lately.old.len() <= 20);
        }
        assert_eq!(lately.find("999"), Some(999));
        assert_eq!(lately.find("1"), None);
    }

    #[test]
    fn weight_counts_and_a_new_value_replaces_the_old_one() {
        let mut lately = Lately::new(20);
        lately.keep("a", 1, 6);
        lately.keep("a", 2, 3);
        assert_eq!((lately.find("a"), lately.weight), (Some(2), 3));
        lately.keep("b", 1, 7);
        assert_eq!((lately.find("a"), lately.find("b")), (Some(2), Some(1)));
        lately.keep("c", 1, 1);
        assert_eq!(lately.young.len(), 1);
        // Too heavy to be held, and the value before is no longer right.
        lately.keep("a", 3, 11);
        assert_eq!(lately.find("a"), None);
    }
}
