//! Patterns with back-references, which no automaton can match: tried out step by step.
//!
//! Every step counts against the budget of the evaluation, so that a hostile pattern ends there.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::{Groups, xpath::Flags};
use crate::feel::eval::{Machine, Outcome, null};

/// The most instructions of a program.
const INSTRUCTIONS_MAX: usize = 20_000;
/// The most places to go back to.
const STACK_MAX: usize = 1_000_000;
/// Instructions that count as one step of the evaluation.
const INSTRUCTIONS_PER_STEP: u64 = 8;

#[derive(Debug)]
enum Instruction {
    Text(Box<str>),
    Class(Box<[(char, char)]>),
    Look(Look),
    /// Remembers the place in a slot: two for each group.
    Save(usize),
    /// Goes on at the first; at the second where that fails.
    Split(usize, usize),
    Jump(usize),
    /// The text of a group again.
    Back(usize),
    /// Remembers where a repetition began.
    Mark(usize),
    /// Fails where a repetition took nothing.
    Progress(usize),
    Done,
}

/// A pattern as instructions.
#[derive(Debug)]
pub(super) struct Program {
    instructions: Vec<Instruction>,
    /// The numbers of groups, by their places in the tree.
    groups: Vec<u32>,
    marks: usize,
    any_case: bool,
}

/// Builds the program of a pattern in the words of the crate.
pub(super) fn compile(text: &str, flags: Flags) -> Outcome<Program> {
    let parsed = regex_syntax::ParserBuilder::new()
        .dot_matches_new_line(true)
        .multi_line(flags.lines)
        .case_insensitive(flags.any_case)
        .nest_limit(super::NESTING_MAX)
        .build()
        .parse(text);
    let Ok(tree) = parsed else { return null("the pattern is not understood") };
    let mut program =
        Program { instructions: Vec::new(), groups: vec![0], marks: 0, any_case: flags.any_case };
    program.find_groups(&tree);
    program.groups.sort_unstable();
    program.push(Instruction::Save(0))?;
    program.add(&tree)?;
    program.push(Instruction::Save(1))?;
    program.push(Instruction::Done)?;
    Ok(program)
}

/// The group that an empty group with a name stands for.
fn referred(name: Option<&str>) -> Option<usize> {
    name?.strip_prefix('b')?.split_once('_')?.0.parse().ok()
}

impl Program {
    fn push(&mut self, instruction: Instruction) -> Outcome<usize> {
        if self.instructions.len() >= INSTRUCTIONS_MAX {
            return null("the pattern is too large");
        }
        self.instructions.push(instruction);
        Ok(self.instructions.len() - 1)
    }

    /// Finds the groups that are remembered; the tree nests within a bound.
    fn find_groups(&mut self, tree: &Hir) {
        match tree.kind() {
            HirKind::Capture(capture) => {
                if referred(capture.name.as_deref()).is_none() {
                    self.groups.push(capture.index);
                }
                self.find_groups(&capture.sub);
            }
            HirKind::Repetition(repetition) => self.find_groups(&repetition.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                for part in parts {
                    self.find_groups(part);
                }
            }
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }

    fn add(&mut self, tree: &Hir) -> Outcome<()> {
        match tree.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0).into();
                self.push(Instruction::Text(text))?;
            }
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.iter().map(|range| (range.start(), range.end())).collect();
                self.push(Instruction::Class(ranges))?;
            }
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class
                    .iter()
                    .map(|range| (char::from(range.start()), char::from(range.end())))
                    .collect();
                self.push(Instruction::Class(ranges))?;
            }
            HirKind::Look(look) => {
                self.push(Instruction::Look(*look))?;
            }
            HirKind::Repetition(repetition) => self.add_repetition(repetition)?,
            HirKind::Capture(capture) => {
                if let Some(group) = referred(capture.name.as_deref()) {
                    self.push(Instruction::Back(group))?;
                    return Ok(());
                }
                let place = self.groups.binary_search(&capture.index).unwrap_or(0);
                self.push(Instruction::Save(place * 2))?;
                self.add(&capture.sub)?;
                self.push(Instruction::Save(place * 2 + 1))?;
            }
            HirKind::Concat(parts) => {
                for part in parts {
                    self.add(part)?;
                }
            }
            HirKind::Alternation(parts) => self.add_alternation(parts)?,
        }
        Ok(())
    }

    fn add_alternation(&mut self, parts: &[Hir]) -> Outcome<()> {
        let mut ends = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            if at + 1 == parts.len() {
                self.add(part)?;
                break;
            }
            let split = self.push(Instruction::Split(0, 0))?;
            self.add(part)?;
            ends.push(self.push(Instruction::Jump(0))?);
            self.instructions[split] = Instruction::Split(split + 1, self.instructions.len());
        }
        let end = self.instructions.len();
        for jump in ends {
            self.instructions[jump] = Instruction::Jump(end);
        }
        Ok(())
    }

    fn add_repetition(&mut self, repetition: &Repetition) -> Outcome<()> {
        let Repetition { min, max, greedy, sub } = repetition;
        for _ in 0..*min {
            self.add(sub)?;
        }
        let mut splits = Vec::new();
        match max {
            None => {
                let split = self.push(Instruction::Split(0, 0))?;
                let mark = self.marks;
                self.marks += 1;
                self.push(Instruction::Mark(mark))?;
                self.add(sub)?;
                self.push(Instruction::Progress(mark))?;
                self.push(Instruction::Jump(split))?;
                splits.push(split);
            }
            Some(max) => {
                for _ in *min..*max {
                    splits.push(self.push(Instruction::Split(0, 0))?);
                    self.add(sub)?;
                }
            }
        }
        let end = self.instructions.len();
        for split in splits {
            let (inside, outside) = (split + 1, end);
            self.instructions[split] = if *greedy {
                Instruction::Split(inside, outside)
            } else {
                Instruction::Split(outside, inside)
            };
        }
        Ok(())
    }

    /// The first match at or after a place: the places of its groups.
    pub(super) fn find(
        &self,
        machine: &mut Machine<'_>,
        text: &str,
        from: usize,
    ) -> Outcome<Option<Groups>> {
        let mut run = Run {
            program: self,
            text,
            slots: vec![None; self.groups.len() * 2],
            marks: vec![usize::MAX; self.marks],
            stack: Vec::new(),
        };
        let starts = text[from..].char_indices().map(|(at, _)| from + at).chain([text.len()]);
        for start in starts {
            run.slots.fill(None);
            if run.matches_at(machine, start)? {
                let group = |pair: &[Option<usize>]| Some((pair[0]?, pair[1]?));
                return Ok(Some(run.slots.chunks(2).map(group).collect()));
            }
        }
        Ok(None)
    }
}

/// What to do when a way fails.
enum Undo {
    Slot(usize, Option<usize>),
    Mark(usize, usize),
    Branch { at: usize, place: usize },
}

struct Run<'r> {
    program: &'r Program,
    text: &'r str,
    slots: Vec<Option<usize>>,
    marks: Vec<usize>,
    stack: Vec<Undo>,
}

impl Run<'_> {
    fn matches_at(&mut self, machine: &mut Machine<'_>, start: usize) -> Outcome<bool> {
        let (mut at, mut place, mut count) = (0, start, 0_u64);
        self.stack.clear();
        loop {
            count += 1;
            if count.is_multiple_of(INSTRUCTIONS_PER_STEP) {
                machine.work(1)?;
            }
            if self.stack.len() > STACK_MAX {
                return null("the pattern has too many ways to match");
            }
            let next = match &self.program.instructions[at] {
                Instruction::Done => {
                    machine.work(1)?;
                    return Ok(true);
                }
                Instruction::Split(first, second) => {
                    self.stack.push(Undo::Branch { at: *second, place });
                    Some((*first, place))
                }
                Instruction::Jump(to) => Some((*to, place)),
                Instruction::Save(slot) => {
                    self.stack.push(Undo::Slot(*slot, self.slots[*slot]));
                    self.slots[*slot] = Some(place);
                    Some((at + 1, place))
                }
                Instruction::Mark(mark) => {
                    self.stack.push(Undo::Mark(*mark, self.marks[*mark]));
                    self.marks[*mark] = place;
                    Some((at + 1, place))
                }
                Instruction::Progress(mark) => {
                    (self.marks[*mark] != place).then_some((at + 1, place))
                }
                other => self.taken(other, place).map(|place| (at + 1, place)),
            };
            match next.or_else(|| self.back_up()) {
                Some(next) => (at, place) = next,
                None => {
                    machine.work(1)?;
                    return Ok(false);
                }
            }
        }
    }

    /// Where the text goes on after what an instruction takes of it.
    fn taken(&self, instruction: &Instruction, place: usize) -> Option<usize> {
        let rest = &self.text[place..];
        match instruction {
            Instruction::Text(text) => rest.starts_with(&**text).then(|| place + text.len()),
            Instruction::Class(ranges) => {
                let letter = rest.chars().next()?;
                let found = ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter));
                found.then(|| place + letter.len_utf8())
            }
            Instruction::Look(look) => {
                let before = self.text[..place].chars().next_back();
                let holds = match look {
                    Look::Start => before.is_none(),
                    Look::StartLF => before.is_none_or(|letter| letter == '\n'),
                    Look::End => rest.is_empty(),
                    Look::EndLF => rest.is_empty() || rest.starts_with('\n'),
                    // The translation writes no other.
                    _ => false,
                };
                holds.then_some(place)
            }
            Instruction::Back(group) => {
                // A group that took no part is empty.
                let (Some(from), Some(to)) = (self.slots[group * 2], self.slots[group * 2 + 1])
                else {
                    return Some(place);
                };
                let wanted = self.text.get(from..to)?;
                if !self.program.any_case {
                    return rest.starts_with(wanted).then(|| place + wanted.len());
                }
                let mut letters = rest.chars();
                for letter in wanted.chars() {
                    let found = letters.next()?;
                    if found != letter && !found.to_lowercase().eq(letter.to_lowercase()) {
                        return None;
                    }
                }
                Some(self.text.len() - letters.as_str().len())
            }
            Instruction::Save(_)
            | Instruction::Split(..)
            | Instruction::Jump(_)
            | Instruction::Mark(_)
            | Instruction::Progress(_)
            | Instruction::Done => None,
        }
    }

    /// Goes back to the last branch that is left.
    fn back_up(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.stack.pop()? {
                Undo::Slot(slot, old) => self.slots[slot] = old,
                Undo::Mark(mark, old) => self.marks[mark] = old,
                Undo::Branch { at, place } => return Some((at, place)),
            }
        }
    }
}
