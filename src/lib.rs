//! Spartito: process orchestration in one binary.
