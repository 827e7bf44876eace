//! Local names and the slots that hold them.
//!
//! Each function definition has a frame of its own; what it uses of the frames around it is
//! captured when the function is made.

use std::sync::Arc;

use crate::feel::ast::{Capture, Kind, Node, Remembered};

/// The most local names of a function or expression.
const SLOTS_MAX: u16 = 10_000;

/// A local name, or the item of a filter, whose entries are names.
struct Binding {
    name: Arc<str>,
    slot: u16,
    is_filter_item: bool,
    /// Whether the value is being read: only a function may use its own name.
    is_being_defined: bool,
    is_used: bool,
}

struct Frame {
    bindings: Vec<Binding>,
    slots: u16,
    captures: Vec<Capture>,
    remembered: Vec<(Arc<str>, u16)>,
}

impl Frame {
    fn new() -> Self {
        Self { bindings: Vec::new(), slots: 0, captures: Vec::new(), remembered: Vec::new() }
    }

    fn slot(&mut self) -> u16 {
        let slot = self.slots;
        self.slots = (self.slots + 1).min(SLOTS_MAX);
        slot
    }
}

/// The names in scope while parsing.
pub(super) struct Scopes {
    frames: Vec<Frame>,
}

/// What a frame took from the frames around it.
pub(super) struct Taken {
    pub(super) captures: Box<[Capture]>,
    pub(super) remembered: Box<[Remembered]>,
    pub(super) frame_size: u16,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self { frames: vec![Frame::new()] }
    }

    pub(super) fn root_frame_size(&self) -> u16 {
        self.frames[0].slots
    }

    /// Whether a frame is so large that no more names may be added.
    pub(super) fn is_full(&self) -> bool {
        self.frame().slots >= SLOTS_MAX
    }

    fn frame(&self) -> &Frame {
        self.frames.last().expect("the root frame stays")
    }

    fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the root frame stays")
    }

    /// A new slot without a name.
    pub(super) fn slot(&mut self) -> u16 {
        self.frame_mut().slot()
    }

    /// Brings a name into scope.
    pub(super) fn bind(&mut self, name: &Arc<str>, slot: u16) {
        self.push(name, slot, false, false);
    }

    /// Brings the entries of a filtered item into scope.
    pub(super) fn bind_filter_item(&mut self, slot: u16) {
        self.push(&"item".into(), slot, true, false);
    }

    /// Brings the name of a value into scope that is still being read.
    pub(super) fn bind_defining(&mut self, name: &Arc<str>, slot: u16) {
        self.push(name, slot, false, true);
    }

    fn push(&mut self, name: &Arc<str>, slot: u16, is_filter_item: bool, is_being_defined: bool) {
        let name = Arc::clone(name);
        let is_used = false;
        let binding = Binding { name, slot, is_filter_item, is_being_defined, is_used };
        self.frame_mut().bindings.push(binding);
    }

    /// A mark to which [`Scopes::release`] goes back.
    pub(super) fn mark(&self) -> usize {
        self.frame().bindings.len()
    }

    /// Takes the names since `mark` out of scope.
    pub(super) fn release(&mut self, mark: usize) {
        self.frame_mut().bindings.truncate(mark);
    }

    /// Whether the name that was brought into scope at `mark` was used.
    pub(super) fn is_used(&self, mark: usize) -> bool {
        self.frame().bindings.get(mark).is_some_and(|binding| binding.is_used)
    }

    pub(super) fn enter_function(&mut self) {
        self.frames.push(Frame::new());
    }

    pub(super) fn leave_function(&mut self) -> Taken {
        let frame = self.frames.pop().expect("a function was entered");
        let outer = &self.frame().remembered;
        let outer_slot =
            |name: &Arc<str>| outer.iter().find(|(known, _)| known == name).map(|(_, slot)| *slot);
        let remembered = frame.remembered.into_iter().map(|(name, slot)| Remembered {
            outer: outer_slot(&name),
            name,
            slot,
        });
        Taken {
            captures: frame.captures.into(),
            remembered: remembered.collect(),
            frame_size: frame.slots,
        }
    }

    /// Whether the name is a local one.
    pub(super) fn is_local(&self, name: &str) -> bool {
        let named = |binding: &Binding| &*binding.name == name;
        self.frames.iter().any(|frame| frame.bindings.iter().any(named))
    }

    /// Resolves a name, at `at` in the text.
    pub(super) fn resolve(&mut self, name: &Arc<str>, at: usize) -> Kind {
        let mut items = Vec::new();
        let mut found = None;
        let frame_count = self.frames.len();
        'frames: for (level, frame) in self.frames.iter_mut().enumerate().rev() {
            for binding in frame.bindings.iter_mut().rev() {
                // An entry of the item comes before the item, also where it is named "item".
                if binding.is_filter_item {
                    items.push((level, binding.slot));
                }
                // A value may use its own name only from inside a function.
                let usable = !binding.is_being_defined || level + 1 < frame_count;
                if &binding.name == name && usable {
                    binding.is_used = true;
                    found = Some((level, binding.slot, binding.is_being_defined));
                    break 'frames;
                }
            }
        }
        let items: Box<[u16]> =
            items.into_iter().map(|(level, slot)| self.captured(level, slot, false)).collect();
        let kind = match found {
            Some((level, slot, itself)) => Kind::Local(self.captured(level, slot, itself)),
            None => self.global(name),
        };
        if items.is_empty() {
            return kind;
        }
        let otherwise = Box::new(Node::new(kind, at));
        Kind::FilterName { name: Arc::clone(name), items, otherwise }
    }

    /// The slot in the innermost frame for a slot of the frame `level`.
    fn captured(&mut self, level: usize, slot: u16, itself: bool) -> u16 {
        let mut from = slot;
        for frame in &mut self.frames[level + 1..] {
            let known = frame.captures.iter().find(|capture| capture.from == from);
            from = if let Some(capture) = known {
                capture.to
            } else {
                let to = frame.slot();
                frame.captures.push(Capture { from, to, itself: false });
                to
            };
        }
        if itself && let Some(frame) = self.frames.get_mut(level + 1) {
            for capture in frame.captures.iter_mut().filter(|capture| capture.from == slot) {
                capture.itself = true;
            }
        }
        from
    }

    fn global(&mut self, name: &Arc<str>) -> Kind {
        if self.frames.len() == 1 {
            return Kind::Global(Arc::clone(name));
        }
        let frame = self.frame_mut();
        let known = frame.remembered.iter().find(|(known, _)| known == name);
        let slot = if let Some((_, slot)) = known {
            *slot
        } else {
            let slot = frame.slot();
            frame.remembered.push((Arc::clone(name), slot));
            slot
        };
        // The functions around remember it as well, so that this one finds it there.
        for outer in (1..self.frames.len() - 1).rev() {
            let frame = &mut self.frames[outer];
            if frame.remembered.iter().all(|(known, _)| known != name) {
                let slot = frame.slot();
                frame.remembered.push((Arc::clone(name), slot));
            }
        }
        Kind::Remembered { name: Arc::clone(name), slot }
    }
}
