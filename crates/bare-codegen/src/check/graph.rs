//! Which type refers to which. All walks are loops: a schema may chain thousands of names.

use std::collections::HashMap;

use crate::ast::{Kind, Type, TypeDef};

pub(super) struct Graph {
    /// The definitions that each refers to, each once, in order.
    edges: Vec<Vec<usize>>,
    /// Definitions of equal number contain each other.
    component: Vec<usize>,
    /// Where the alias leads: the first definition behind it that is none; nothing for circles and unknown names.
    behind: Vec<Option<usize>>,
    /// Steps that are left for telling cycles.
    budget: std::cell::Cell<usize>,
}

impl Graph {
    pub(super) fn new(types: &[TypeDef], by_name: &HashMap<&str, usize>) -> Self {
        let edges: Vec<_> = types
            .iter()
            .map(|def| {
                let mut targets = Vec::new();
                collect(&def.ty, by_name, &mut targets);
                targets.sort_unstable();
                targets.dedup();
                targets
            })
            .collect();
        Self {
            component: components(&edges),
            behind: aliases(types, by_name),
            edges,
            budget: std::cell::Cell::new(200_000),
        }
    }

    pub(super) fn behind(&self, index: usize) -> Option<usize> {
        self.behind[index]
    }

    /// If `target`, which `owner` refers to, contains `owner`: the way from `target` to `owner`, both included.
    pub(super) fn cycle(&self, owner: usize, target: usize) -> Option<Vec<usize>> {
        if owner == target {
            return Some(vec![owner]);
        }
        if self.component[owner] != self.component[target] {
            return None;
        }
        // The shortest way, by breadth. Where looking for it gets expensive its ends have to do.
        let mut came_from = HashMap::from([(target, target)]);
        let mut queue = std::collections::VecDeque::from([target]);
        while let Some(node) = queue.pop_front() {
            if node == owner {
                let mut way = vec![owner];
                let mut at = owner;
                while at != target {
                    at = came_from[&at];
                    way.push(at);
                }
                way.reverse();
                return Some(way);
            }
            for &next in &self.edges[node] {
                let Some(budget) = self.budget.get().checked_sub(1) else {
                    return Some(vec![target, owner]);
                };
                self.budget.set(budget);
                if self.component[next] == self.component[owner] && !came_from.contains_key(&next) {
                    came_from.insert(next, node);
                    queue.push_back(next);
                }
            }
        }
        Some(vec![target, owner])
    }
}

fn collect(ty: &Type, by_name: &HashMap<&str, usize>, targets: &mut Vec<usize>) {
    match &ty.kind {
        Kind::Primitive(_) | Kind::FixedData(_) | Kind::Enum(_) | Kind::Unreadable => {}
        Kind::Optional(item) | Kind::List(item) | Kind::FixedList(item, _) => {
            collect(item, by_name, targets);
        }
        Kind::Map(key, value) => {
            collect(key, by_name, targets);
            collect(value, by_name, targets);
        }
        Kind::Struct(fields) => {
            for field in fields {
                collect(&field.ty, by_name, targets);
            }
        }
        Kind::Union(members) => {
            for member in members {
                collect(&member.ty, by_name, targets);
            }
        }
        Kind::Named(name) => targets.extend(by_name.get(name.as_str())),
    }
}

/// Tarjan's strongly connected components.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let mut order = vec![UNSEEN; edges.len()];
    let mut low = vec![UNSEEN; edges.len()];
    let mut component = vec![UNSEEN; edges.len()];
    let mut seen = 0;
    let mut open = Vec::new();
    // A node and how many of its edges have been walked.
    let mut walk: Vec<(usize, usize)> = Vec::new();
    for root in 0..edges.len() {
        if order[root] != UNSEEN {
            continue;
        }
        walk.push((root, 0));
        while let Some((node, edge)) = walk.pop() {
            if edge == 0 {
                order[node] = seen;
                low[node] = seen;
                seen += 1;
                open.push(node);
            } else {
                low[node] = low[node].min(low[edges[node][edge - 1]]);
            }
            let next = (edge..edges[node].len()).find(|&at| {
                let target = edges[node][at];
                if order[target] != UNSEEN && component[target] == UNSEEN {
                    low[node] = low[node].min(order[target]);
                }
                order[target] == UNSEEN
            });
            if let Some(at) = next {
                walk.push((node, at + 1));
                walk.push((edges[node][at], 0));
            } else if low[node] == order[node] {
                while let Some(member) = open.pop() {
                    component[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    component
}

fn aliases(types: &[TypeDef], by_name: &HashMap<&str, usize>) -> Vec<Option<usize>> {
    let mut behind = vec![None; types.len()];
    let mut known = vec![false; types.len()];
    for start in 0..types.len() {
        let mut way = Vec::new();
        let mut at = Some(start);
        let end = loop {
            let Some(index) = at else { break None };
            if known[index] {
                break behind[index];
            }
            known[index] = true;
            way.push(index);
            match &types[index].ty.kind {
                Kind::Named(name) => at = by_name.get(name.as_str()).copied(),
                _ => break Some(index),
            }
        };
        for index in way {
            behind[index] = end;
        }
    }
    behind
}
