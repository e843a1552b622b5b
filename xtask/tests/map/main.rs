//! Crates and modules use each other as the maps in docs/ARCHITECTURE.md say.
//!
//! A module here is its file and its submodules. Submodules may use what the file of their module defines. So a cycle is
//! one between submodules of the same module.

mod document;
mod graph;
mod modules;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use graph::Graph;
use modules::Modules;

/// The crates whose modules are checked.
const CRATES: [&str; 4] = ["mmstats-tools", "mmstats-reader", "mmstats-host", "mmstats-format"];

/// The crates with a map of modules in the document.
const MAPPED: [&str; 3] = ["mmstats-tools", "mmstats-reader", "mmstats-host"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn modules_of(name: &str) -> Modules {
    Modules::of(&root().join(name).join("src"))
}

/// Each published crate of the workspace, with the crates of the workspace that it depends on.
fn dependencies() -> Vec<(String, BTreeSet<String>)> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let members: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    // A package with an empty list of registries is not published.
    let published = packages.iter().filter(|package| package["publish"].is_null());
    let uses = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        let built = all.filter(|dependency| dependency["kind"] != "dev");
        built.map(|dependency| text(&dependency["name"])).filter(|name| members.contains(name)).collect()
    };
    published.map(|package| (text(&package["name"]), uses(package))).collect()
}

#[test]
fn a_crate_uses_those_that_the_map_says_and_none_above_it() {
    let map = document::crates();
    let mut names: Vec<&str> = map.iter().map(|it| it.name).collect();
    for (index, it) in map.iter().enumerate() {
        for used in &it.uses {
            let place = names.iter().position(|name| name == used);
            assert!(place > Some(index), "{used} is not below {}, which uses it", it.name);
        }
    }
    let mut dependencies = dependencies();
    dependencies.sort();
    names.sort_unstable();
    assert!(
        dependencies.iter().map(|(name, _)| name).eq(&names),
        "published crates and those on the map: {names:?}"
    );
    for (name, uses) in dependencies {
        let mapped = &map.iter().find(|it| it.name == name).unwrap().uses;
        assert!(uses.iter().eq(mapped), "{name} uses {uses:?}; on the map {mapped:?}");
    }
}

#[test]
fn a_module_uses_none_above_it_on_the_map_nor_beside_it() {
    for name in MAPPED {
        let (map, modules) = (document::modules(name), modules_of(name));
        let line = |module: &str| map.iter().position(|line| line.contains(&module)).unwrap();
        let mapped: BTreeSet<&str> = map.iter().flatten().copied().collect();
        assert_eq!(mapped, modules.below(&[]), "modules of {name} on the map (left) and in lib.rs");
        let graph = Graph::of(&modules);
        let wrong: Vec<_> = graph.within("").filter(|(from, to, _)| line(from) >= line(to)).collect();
        assert!(wrong.is_empty(), "in {name} these are not below what uses them: {wrong:#?}");
    }
}

#[test]
fn modules_use_each_other_in_no_cycle() {
    for name in CRATES {
        let graph = Graph::of(&modules_of(name));
        let cycles = graph.on_cycles();
        assert!(cycles.is_empty(), "modules of {name} use each other in cycles: {cycles:#?}");
    }
}

/// The modules of a library with these files.
fn library(files: &[(&str, &str)]) -> Modules {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path: PathBuf = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Modules::of(dir.path())
}

#[test]
fn a_cycle_is_found_however_long_it_is() {
    let lib = ("lib.rs", "mod a; mod b; mod c;");
    let (a, b) = (("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B(crate::c::C);"));
    let cycles = |files: &[(&str, &str)]| Graph::of(&library(files)).on_cycles().len();
    assert_eq!(cycles(&[lib, a, b, ("c.rs", "pub struct C;")]), 0);
    assert_eq!(cycles(&[lib, a, b, ("c.rs", "pub struct C; fn f() { super::a::f() }")]), 3);
}

/// What the modules of a library with these files use, as `within: from -> to`.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let uses = library(files).uses();
    let mut arrows: Vec<String> =
        uses.iter().map(|it| format!("{}: {} -> {}", it.within.join("::"), it.from, it.to)).collect();
    arrows.dedup();
    arrows
}

#[test]
fn a_use_is_found_however_its_path_is_written() {
    let of_a = |text| {
        arrows(&[("lib.rs", "mod a; mod b; pub use b::B;"), ("a.rs", text), ("b.rs", "pub struct B;")])
    };
    for text in [
        "use crate::b::B;",
        "use super::b;",
        "use crate::{b as c};",
        "use crate::{std::x, b::{self}};",
        "use crate::b::*;",
        "pub use self::super::b::B;",
        "use crate::B;",
        "fn f() -> crate::b::B { loop {} }",
        "fn f() { super::b::B::new::<u8>() }",
        "fn f() { use crate::b::B; }",
        "fn f() { println!(\"{}\", crate::b::B) }",
        "impl From<crate::b::B> for A {}",
        "macro_rules! m { () => { $crate::b::B } }",
        "mod inner { use super::super::b::B; }",
        "mod inner { mod more { fn f() { super::super::super::b::B } } }",
        "#[derive(x)] #[x(crate::b::B)] struct A;",
    ] {
        assert_eq!(of_a(text), [": a -> b"], "{text}");
    }
    for text in [
        "use std::b::B;",
        "use self::inner::B; mod inner { pub struct B; }",
        "pub(in crate::b) fn f() {}",
        "/// As [`crate::b::B`].\nfn f() { \"crate::b::B\"; }",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(test)] use crate::b::B;",
        "pub(crate) struct B; fn f() { Self::b(B) }",
    ] {
        assert!(of_a(text).is_empty(), "{text}");
    }
}

#[test]
fn files_and_folders_are_modules_and_arrows_are_between_those_in_one() {
    let found = arrows(&[
        ("lib.rs", "mod a; pub mod b;"),
        ("a.rs", "mod one; mod two;"),
        ("a/one.rs", "use super::two::Two; use crate::b::deep::Name;"),
        ("a/two/mod.rs", "mod below; use super::one::One;"),
        ("a/two/below.rs", "use super::Two; use super::super::one::One;"),
        ("b/mod.rs", "pub mod deep; use self::deep::Name; pub fn f() {}"),
        ("b/deep.rs", "fn f() { super::f() }"),
    ]);
    assert_eq!(found, [": a -> b", "a: one -> two", "a: two -> one"]);
}
