//! Takes out of the compiled browser half what never does anything in a browser.
//!
//! First, code that never runs. Leptos keeps pointers to functions that only some ways of using it call, beside those that all
//! call, so that no compiler and no linker can see that they are dead. Here their bodies become a
//! trap, and the records by which they reach other code are dropped, so that what only they need
//! falls away as well. Names decide, which the linker still writes down.
//!
//! Second, which line of which file of a library a panic comes from: those are thousands of
//! numbers, and paths of the machine that built it. What a panic says stays, and our own lines.
//!
//! Sizes and offsets stay as they are; only records of the linker are dropped.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::{Context, Result};
use wasmparser::{
    KnownCustom, Linking, LinkingSectionReader, Name, NameSectionReader, Parser, Payload,
    RelocSectionReader, RelocationEntry, RelocationType, SymbolInfo, TypeRef,
};

/// Words in the names of functions that never run, and why they do not.
const DEAD: &[&str] = &[
    // The code of a page is loaded before it is brought to life, in one go (see `hydrate`).
    "hydrate_async",
    // Lists the routes for the server.
    "generate_routes",
    // Pages are brought to life from what the server sent, never from a template.
    "hydrate_from_template",
];

/// Smaller functions may have been merged with others that look the same and do run.
const BODY_BYTES_MIN: usize = 64;

/// The size of a place in a source file.
const LOCATION_BYTES: usize = 16;

const CUSTOM_SECTION: u8 = 0;
const NO_LOCALS: u8 = 0x00;
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// What pruning has to know of a module, as ranges of its bytes.
#[derive(Default)]
struct Layout<'a> {
    imported: u32,
    bodies: Vec<Range<usize>>,
    names: Vec<(u32, &'a str)>,
    /// Where each segment of data begins.
    segments: Vec<usize>,
    symbols: Vec<SymbolInfo<'a>>,
    of_code: Option<Relocations>,
    of_data: Option<Relocations>,
}

/// The section that records what the code, or the data, refers to.
struct Relocations {
    /// The section with its header.
    whole: Range<usize>,
    /// Where the count of records stands, before the first of them.
    count_at: usize,
    entries: Vec<Record>,
}

/// A record: a place in the module holds the address or number of a symbol.
struct Record {
    /// The bytes of the record.
    bytes: Range<usize>,
    /// The place in the module.
    at: usize,
    entry: RelocationEntry,
}

/// What was pruned.
pub struct Pruned {
    /// The module without it.
    pub module: Vec<u8>,
    /// How many functions.
    pub functions: usize,
    /// How many places in source files.
    pub locations: usize,
}

/// `module` without what never does anything.
///
/// # Errors
/// When `module` is not WebAssembly.
pub fn prune(module: &[u8]) -> Result<Pruned> {
    let layout = Layout::of(module).context("cannot read the compiled module")?;
    let dead = layout.dead();
    let locations = layout.foreign_locations(module);
    let mut pruned = module.to_vec();
    for body in &dead {
        pruned[body.clone()].fill(NOP);
        pruned[body.start] = NO_LOCALS;
        pruned[body.start + 1] = UNREACHABLE;
        pruned[body.end - 1] = END;
    }
    for location in &locations {
        pruned[location.clone()].fill(0);
        // An empty text has an address too, which is never zero.
        pruned[location.start] = 1;
    }
    let mut sections: Vec<_> = [(layout.of_code, &dead), (layout.of_data, &locations)]
        .into_iter()
        .filter_map(|(records, gone)| records.map(|records| (records, gone)))
        .collect();
    // From the last to the first, so that those before stay where they are.
    sections.sort_by_key(|(records, _)| std::cmp::Reverse(records.whole.start));
    for (records, gone) in sections {
        pruned.splice(records.whole.clone(), records.without(module, gone));
    }
    Ok(Pruned { module: pruned, functions: dead.len(), locations: locations.len() })
}

impl<'a> Layout<'a> {
    fn of(module: &'a [u8]) -> Result<Self> {
        let mut layout = Self::default();
        let (mut code_start, mut data_start) = (0, 0);
        let mut section_start = 0;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            match &payload {
                Payload::Version { range, .. } => section_start = place(range.end),
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_)) {
                            layout.imported += 1;
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => code_start = place(range.start),
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    layout.bodies.push(place(range.start)..place(range.end));
                }
                Payload::DataSection(segments) => {
                    data_start = place(segments.range().start);
                    for segment in segments.clone() {
                        let segment = segment?;
                        layout.segments.push(place(segment.range.end) - segment.data.len());
                    }
                }
                Payload::CustomSection(section) => {
                    let whole = section_start..place(section.range().end);
                    match (section.name(), section.as_known()) {
                        ("reloc.CODE", KnownCustom::Reloc(records)) => {
                            layout.of_code = Some(Relocations::of(&records, whole, code_start)?);
                        }
                        ("reloc.DATA", KnownCustom::Reloc(records)) => {
                            layout.of_data = Some(Relocations::of(&records, whole, data_start)?);
                        }
                        (_, KnownCustom::Name(names)) => layout.read_names(names)?,
                        (_, KnownCustom::Linking(linking)) => layout.read_symbols(&linking)?,
                        _ => {}
                    }
                }
                _ => {}
            }
            if let Some((_, range)) = payload.as_section() {
                section_start = place(range.end);
            }
        }
        Ok(layout)
    }

    fn read_names(&mut self, names: NameSectionReader<'a>) -> Result<()> {
        for part in names {
            if let Name::Function(functions) = part? {
                for function in functions {
                    let function = function?;
                    self.names.push((function.index, function.name));
                }
            }
        }
        Ok(())
    }

    fn read_symbols(&mut self, linking: &LinkingSectionReader<'a>) -> Result<()> {
        for part in linking.subsections() {
            if let Linking::SymbolTable(symbols) = part? {
                self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
            }
        }
        Ok(())
    }

    /// Where the data of a symbol begins, and its size.
    fn data_of(&self, symbol: &SymbolInfo<'_>) -> Option<(usize, usize)> {
        let SymbolInfo::Data { symbol: Some(data), .. } = symbol else { return None };
        let segment = self.segments.get(data.index as usize)?;
        Some((segment + data.offset as usize, data.size as usize))
    }

    /// Places in source files that are not ours, in order: an address and a length of a path, a
    /// line, a column.
    fn foreign_locations(&self, module: &[u8]) -> Vec<Range<usize>> {
        let of_size: BTreeSet<usize> = self
            .symbols
            .iter()
            .filter_map(|symbol| self.data_of(symbol))
            .filter(|(_, size)| *size == LOCATION_BYTES)
            .map(|(start, _)| start)
            .collect();
        let records = self.of_data.iter().flat_map(|records| &records.entries);
        let mut found: Vec<_> = records
            .filter(|record| record.entry.ty == RelocationType::MemoryAddrI32)
            .filter(|record| of_size.contains(&record.at))
            .filter(|record| {
                let path = || {
                    let target = self.symbols.get(record.entry.index as usize)?;
                    let start =
                        self.data_of(target)?.0 + usize::try_from(record.entry.addend).ok()?;
                    let length = module.get(record.at + 4..record.at + 8)?.try_into().ok()?;
                    module.get(start..start + u32::from_le_bytes(length) as usize)
                };
                path().is_some_and(|path| path.starts_with(b"/") && path.ends_with(b".rs"))
            })
            .map(|record| record.at..record.at + LOCATION_BYTES)
            .collect();
        found.sort_unstable_by_key(|location| location.start);
        found.dedup();
        found
    }

    /// The bodies that never run, in order.
    fn dead(&self) -> Vec<Range<usize>> {
        let mut dead: Vec<_> = self
            .names
            .iter()
            .filter(|(_, name)| DEAD.iter().any(|word| name.contains(word)))
            .filter_map(|(index, _)| {
                self.bodies.get(index.checked_sub(self.imported)? as usize).cloned()
            })
            .filter(|body| body.len() >= BODY_BYTES_MIN)
            .collect();
        dead.sort_unstable_by_key(|body| body.start);
        dead.dedup();
        dead
    }
}

impl Relocations {
    /// The records of a section that begins at `start`.
    fn of(records: &RelocSectionReader<'_>, whole: Range<usize>, start: usize) -> Result<Self> {
        let records = records.entries();
        let mut entries: Vec<Record> = Vec::new();
        for record in records.clone().into_iter_with_offsets() {
            let (begin, entry) = record?;
            let begin = place(begin);
            if let Some(before) = entries.last_mut() {
                before.bytes.end = begin;
            }
            entries.push(Record {
                bytes: begin..whole.end,
                at: start + entry.offset as usize,
                entry,
            });
        }
        Ok(Self { whole, count_at: place(records.range().start), entries })
    }

    /// The section again, without the records of places in the ranges `gone`.
    fn without(&self, module: &[u8], gone: &[Range<usize>]) -> Vec<u8> {
        let is_gone = |at: usize| {
            let before = gone.partition_point(|range| range.start <= at);
            before > 0 && at < gone[before - 1].end
        };
        let kept: Vec<_> = self.entries.iter().filter(|record| !is_gone(record.at)).collect();
        let size_at = self.whole.start + 1;
        let content_start = size_at + leb_length(&module[size_at..]);
        let mut content = module[content_start..self.count_at].to_vec();
        write_leb(kept.len(), &mut content);
        for record in kept {
            content.extend_from_slice(&module[record.bytes.clone()]);
        }
        let mut section = vec![CUSTOM_SECTION];
        write_leb(content.len(), &mut section);
        section.extend(content);
        section
    }
}

/// A place in a module, which is held in memory as a whole.
fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("the module is in memory")
}

/// How many bytes the number in LEB128 takes that `bytes` begin with.
fn leb_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| byte & 0x80 == 0).map_or(bytes.len(), |last| last + 1)
}

/// Writes a number in LEB128.
fn write_leb(mut number: usize, bytes: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
