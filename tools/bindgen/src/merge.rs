//! Makes one file of several that were cut out of the same browser half, or puts them back.
//!
//! They share the types, and take memory, table and globals from the rest by name; their functions
//! find each other through the table. So nothing but the numbers of functions has to change.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "names the few sections that it handles; what else there is is passed over or refused"
)]

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow, bail};
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, FunctionSection, ImportSection,
    Module, RawSection, SectionId,
};
use wasmparser::{DataKind, ElementKind, ExternalKind, Parser, Payload, TypeRef};

/// One file from `pieces`.
///
/// # Errors
/// When a piece is not made as the pieces of a browser half are.
pub fn merge(pieces: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut merged = Merged::default();
    for piece in pieces {
        merged.add(piece).context("cannot merge the files of a part")?;
    }
    Ok(merged.finish())
}

/// `rest` with `pieces` put back into it.
///
/// # Errors
/// When a piece was not cut out of it.
pub fn put_back(rest: &[u8], pieces: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut merged = Merged::of_rest(rest).context("cannot read the rest")?;
    for piece in pieces {
        merged.add(piece).context("cannot put a piece back into the rest")?;
    }
    merged.finish_rest(rest)
}

/// What has been merged so far.
#[derive(Default)]
struct Merged {
    types: Option<Vec<u8>>,
    imports: ImportSection,
    /// What pieces import: its name, and its number among those of its kind.
    imported: Vec<(String, Kind, u32)>,
    functions: FunctionSection,
    /// Functions that come before the first of `functions`.
    functions_before: u32,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Global,
    Table,
    Memory,
}

/// Numbers of a piece, and what they become.
#[derive(Default)]
struct Numbers {
    functions_before: u32,
    globals: Vec<u32>,
    tables: Vec<u32>,
    memories: Vec<u32>,
}

impl Reencode for Numbers {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.functions_before + function)
    }

    fn global_index(&mut self, global: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.globals[global as usize])
    }

    fn table_index(&mut self, table: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.tables[table as usize])
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.memories[memory as usize])
    }
}

impl Merged {
    fn add(&mut self, piece: &[u8]) -> Result<()> {
        let functions_before = self.functions_before + self.functions.len();
        let mut numbers = Numbers { functions_before, ..Numbers::default() };
        for payload in Parser::new(0).parse_all(piece) {
            match payload? {
                Payload::TypeSection(types) => {
                    let range = types.range();
                    let types = piece[at(range.start)..at(range.end)].to_vec();
                    if self.types.get_or_insert_with(|| types.clone()) != &types {
                        bail!("the types differ");
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        self.import(import?, &mut numbers)?;
                    }
                }
                Payload::FunctionSection(functions) => {
                    for function in functions {
                        self.functions.function(function?);
                    }
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        if !matches!(element.kind, ElementKind::Active { .. }) {
                            bail!("elements are not put into a table");
                        }
                        numbers.parse_element(&mut self.elements, element).map_err(unread)?;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    numbers.parse_function_body(&mut self.code, body).map_err(unread)?;
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment?;
                        if !matches!(segment.kind, DataKind::Active { .. }) {
                            bail!("data is not put into the memory");
                        }
                        if !segment.data.is_empty() {
                            numbers.parse_data(&mut self.data, segment).map_err(unread)?;
                        }
                    }
                }
                Payload::Version { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                Payload::ExportSection(exports) if exports.count() == 0 => {}
                other => bail!("unexpected section {other:?}"),
            }
        }
        Ok(())
    }

    fn import(&mut self, import: wasmparser::Import<'_>, numbers: &mut Numbers) -> Result<()> {
        let (kind, mapped) = match import.ty {
            TypeRef::Global(_) => (Kind::Global, &mut numbers.globals),
            TypeRef::Table(_) => (Kind::Table, &mut numbers.tables),
            TypeRef::Memory(_) => (Kind::Memory, &mut numbers.memories),
            other => bail!("unexpected import {}: {other:?}", import.name),
        };
        let known = self.imported.iter().find(|(name, of, _)| name == import.name && *of == kind);
        if let Some((.., number)) = known {
            mapped.push(*number);
            return Ok(());
        }
        if self.functions_before > 0 {
            bail!("the rest does not give away {}", import.name);
        }
        let count = self.imported.iter().filter(|(_, of, _)| *of == kind).count();
        let number = u32::try_from(count).context("too many imports")?;
        mapped.push(number);
        self.imported.push((import.name.to_owned(), kind, number));
        numbers.parse_import(&mut self.imports, import).map_err(unread)
    }

    /// The beginning of what is put back: what the rest holds itself.
    fn of_rest(rest: &[u8]) -> Result<Self> {
        let mut merged = Self::default();
        let mut same = RoundtripReencoder;
        for payload in Parser::new(0).parse_all(rest) {
            match payload? {
                Payload::TypeSection(types) => {
                    let range = types.range();
                    merged.types = Some(rest[at(range.start)..at(range.end)].to_vec());
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_)) {
                            merged.functions_before += 1;
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    same.parse_function_section(&mut merged.functions, functions)
                        .map_err(unread)?;
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        let kind = match export.kind {
                            ExternalKind::Global => Kind::Global,
                            ExternalKind::Table => Kind::Table,
                            ExternalKind::Memory => Kind::Memory,
                            _ => continue,
                        };
                        merged.imported.push((export.name.to_owned(), kind, export.index));
                    }
                }
                Payload::ElementSection(elements) => {
                    same.parse_element_section(&mut merged.elements, elements).map_err(unread)?;
                }
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    merged.code.raw(&rest[at(range.start)..at(range.end)]);
                }
                Payload::DataSection(data) => {
                    same.parse_data_section(&mut merged.data, data).map_err(unread)?;
                }
                _ => {}
            }
        }
        Ok(merged)
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        if let Some(types) = &self.types {
            module.section(&RawSection { id: SectionId::Type.into(), data: types });
        }
        module.section(&self.imports);
        module.section(&self.functions);
        module.section(&self.elements);
        module.section(&self.code);
        module.section(&self.data);
        module.finish()
    }

    /// The rest again, with what was added to its sections.
    fn finish_rest(self, rest: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        for payload in Parser::new(0).parse_all(rest) {
            let payload = payload?;
            match &payload {
                Payload::FunctionSection(_) => _ = module.section(&self.functions),
                Payload::ElementSection(_) => _ = module.section(&self.elements),
                Payload::CodeSectionStart { .. } => _ = module.section(&self.code),
                Payload::DataSection(_) => _ = module.section(&self.data),
                Payload::DataCountSection { .. } => {
                    _ = module.section(&DataCountSection { count: self.data.len() });
                }
                _ => {
                    if let Some((id, range)) = payload.as_section() {
                        let data = &rest[at(range.start)..at(range.end)];
                        module.section(&RawSection { id, data });
                    }
                }
            }
        }
        Ok(module.finish())
    }
}

fn unread(error: Error<Infallible>) -> anyhow::Error {
    anyhow!("{error}")
}

/// A place in a file, which is held in memory as a whole.
fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("the file is in memory")
}
