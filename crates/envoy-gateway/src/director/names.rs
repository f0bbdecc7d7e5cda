//! What hosts say they can run.

use std::collections::BTreeMap;

/// Octets of names and of what is said of them that are remembered for one server, with something for each: 16 MiB.
const OCTETS: usize = 16 << 20;
/// What the least of them is counted as.
const LEAST: usize = 256;

/// The names of actors, by namespace, and what was said of them last. Bounded: what finds no room is as if it had not been
/// said.
#[derive(Debug, Default)]
pub(super) struct Names {
    about: BTreeMap<(String, String), String>,
    octets: usize,
}

impl Names {
    pub(super) fn insert(&mut self, namespace: &str, name: String, about: String) {
        let key = (namespace.to_owned(), name);
        let size = |about: &str| LEAST + key.0.len() + key.1.len() + about.len();
        let before = self.about.get(&key).map_or(0, |before| size(before));
        let after = self.octets - before + size(&about);
        if after <= OCTETS {
            self.octets = after;
            self.about.insert(key, about);
        }
    }

    pub(super) fn of(&self, namespace: &str) -> Vec<(String, String)> {
        let of_namespace = self.about.iter().filter(|((of, _), _)| of == namespace);
        of_namespace
            .map(|((_, name), about)| (name.clone(), about.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_remembered_up_to_a_size_with_what_was_said_of_them_last() {
        let mut names = Names::default();
        let large = "x".repeat(64 << 10);
        for number in 0..1000 {
            names.insert("default", number.to_string(), large.clone());
        }
        let kept = names.of("default").len();
        assert!((250..256).contains(&kept), "{kept}");
        names.insert("other", "new".to_owned(), large.clone());
        assert_eq!(names.of("other").len(), 0, "there is no room");
        names.insert("default", "0".to_owned(), "less".to_owned());
        names.insert("other", "new".to_owned(), large.clone());
        assert_eq!(names.of("other"), [("new".to_owned(), large)]);
        let first = ("0".to_owned(), "less".to_owned());
        assert_eq!(names.of("default").first(), Some(&first));
    }

    #[test]
    fn the_shortest_names_are_bounded_too() {
        let mut names = Names::default();
        for number in 0..100_000 {
            names.insert("n", number.to_string(), String::new());
        }
        let kept = names.of("n").len();
        assert!(kept <= OCTETS / LEAST, "{kept}");
    }
}
