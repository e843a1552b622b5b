//! The modules of a crate, and which of them uses which, from the paths in its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// The path of a module or of an item in it, below the crate: empty for the crate itself.
pub(crate) type ItemPath = Vec<String>;

/// The modules of a crate, except modules that are only for tests, which may use modules above them.
pub(crate) struct Modules(BTreeMap<ItemPath, Module>);

/// The contents of a module's source.
#[derive(Default)]
struct Module {
    /// The paths of this crate that it uses.
    uses: BTreeSet<ItemPath>,
    /// Names that `use` brings into the module, with the paths that they stand for.
    names: BTreeMap<String, ItemPath>,
}

/// A use of a module by another that is neither above nor below it: the first names in which their paths differ, and
/// the path of the module or item that is used.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// The module that both are in.
    pub(crate) within: ItemPath,
    pub(crate) from: String,
    pub(crate) to: String,
    /// `reader::Contents uses v1::Contents`.
    pub(crate) example: String,
}

impl Modules {
    /// The modules of the library whose source is in the folder `source`.
    pub(crate) fn of(source: &Path) -> Self {
        let mut modules = Self(BTreeMap::new());
        modules.read(&ItemPath::new(), &source.join("lib.rs"), source);
        modules
    }

    /// The modules right below the module `path`.
    pub(crate) fn below(&self, path: &[String]) -> BTreeSet<&str> {
        let names = self.0.keys().filter(|other| other.len() > path.len() && other.starts_with(path));
        names.map(|other| other[path.len()].as_str()).collect()
    }

    /// Which modules use which.
    pub(crate) fn uses(&self) -> BTreeSet<Use> {
        let mut uses = BTreeSet::new();
        for (from, module) in &self.0 {
            for path in &module.uses {
                let to = self.module_of(path);
                let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
                if let (Some(from_name), Some(to_name)) = (from.get(common), to.get(common)) {
                    uses.insert(Use {
                        within: from[..common].to_vec(),
                        from: from_name.clone(),
                        to: to_name.clone(),
                        example: format!("{} uses {}", from.join("::"), path.join("::")),
                    });
                }
            }
        }
        uses
    }

    /// The module in which the item `path` is defined.
    fn module_of(&self, path: &[String]) -> ItemPath {
        let mut module = ItemPath::new();
        for (index, name) in path.iter().enumerate() {
            module.push(name.clone());
            if self.0.contains_key(&module) {
                continue;
            }
            module.pop();
            // It may be a re-export of something elsewhere.
            return match self.0[&module].names.get(name) {
                Some(meant) if !path.starts_with(meant) => {
                    self.module_of(&[meant, &path[index + 1..]].concat())
                }
                _ => module,
            };
        }
        module
    }

    /// Reads the module `path` from `file`; those below it are in `folder`.
    fn read(&mut self, path: &ItemPath, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.take(path, file.items, folder);
    }

    /// Reads the `items` of the module `path`.
    fn take(&mut self, path: &ItemPath, items: Vec<Item>, folder: &Path) {
        self.0.insert(path.clone(), Module::default());
        let mut brought = Vec::new();
        for item in items {
            match item {
                Item::Mod(ItemMod { attrs, .. }) | Item::Use(ItemUse { attrs, .. })
                    if is_for_tests(&attrs) => {}
                Item::Mod(module) => self.enter(path, module, folder),
                Item::Use(item) => bring(&item.tree, &[], &mut brought),
                item => find_paths(&item.into_token_stream(), &mut |found| {
                    let found = absolute(path, &found).unwrap_or_else(|| panic!("{found:?} in {path:?}"));
                    self.0.entry(path.clone()).or_default().uses.insert(found);
                }),
            }
        }
        for (name, found) in brought {
            // Otherwise the path starts with another crate.
            let is_below = self.0.contains_key(&[path.as_slice(), &found[..1]].concat());
            let found =
                if is_below { Some([path.as_slice(), &found].concat()) } else { absolute(path, &found) };
            let module = self.0.entry(path.clone()).or_default();
            if let Some(found) = found {
                module.names.insert(name, found.clone());
                module.uses.insert(found);
            }
        }
    }

    /// Reads a module that the module `path` declares.
    fn enter(&mut self, path: &ItemPath, module: ItemMod, folder: &Path) {
        assert!(
            !module.attrs.iter().any(|attribute| attribute.path().is_ident("path")),
            "where is {path:?}?"
        );
        let name = module.ident.to_string();
        let path = [path.as_slice(), std::slice::from_ref(&name)].concat();
        let below = folder.join(&name);
        if let Some((_, items)) = module.content {
            self.take(&path, items, &below);
        } else {
            let file = folder.join(format!("{name}.rs"));
            let file = if file.exists() { file } else { below.join("mod.rs") };
            self.read(&path, &file, &below);
        }
    }
}

/// Whether an item with these attributes is compiled only for tests.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |meta: &syn::MetaList| meta.path.is_ident("cfg") && meta.tokens.to_string() == "test";
    attributes.iter().any(|attribute| attribute.meta.require_list().is_ok_and(is_test))
}

/// The names that the part `tree` of a `use` brings, whose paths start with `start`, and what they stand for.
fn bring(tree: &UseTree, start: &[String], brought: &mut Vec<(String, ItemPath)>) {
    let path = |name: &dyn ToString| [start, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(part) => bring(&part.tree, &path(&part.ident), brought),
        UseTree::Group(group) => group.items.iter().for_each(|tree| bring(tree, start, brought)),
        UseTree::Name(name) if name.ident == "self" => {
            brought.push((start.last().cloned().unwrap_or_default(), start.to_vec()));
        }
        UseTree::Name(name) => brought.push((name.ident.to_string(), path(&name.ident))),
        UseTree::Rename(name) if name.ident == "self" => {
            brought.push((name.rename.to_string(), start.to_vec()));
        }
        UseTree::Rename(name) => brought.push((name.rename.to_string(), path(&name.ident))),
        UseTree::Glob(_) => brought.push((String::new(), start.to_vec())),
    }
}

/// Calls `found` with each path in `tokens` that starts with `crate`, `self` or `super`, also in a `use` or the input of a
/// macro.
fn find_paths(tokens: &TokenStream, found: &mut impl FnMut(ItemPath)) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            // `pub(in crate::a)` uses nothing of `a`.
            (TokenTree::Ident(word), [TokenTree::Group(group), after @ ..])
                if word == "pub" && group.delimiter() == Delimiter::Parenthesis =>
            {
                rest = after;
            }
            (TokenTree::Ident(word), _) if ["crate", "self", "super"].iter().any(|start| word == start) => {
                find_path(vec![word.to_string()], tail, found);
            }
            (TokenTree::Group(group), _) => find_paths(&group.stream(), found),
            _ => {}
        }
    }
}

/// Calls `found` with `path`, which goes on with `rest`, if it has more than one part; with each if it branches.
fn find_path(mut path: ItemPath, mut rest: &[TokenTree], found: &mut impl FnMut(ItemPath)) {
    while let [TokenTree::Punct(one), TokenTree::Punct(two), next, tail @ ..] = rest
        && (one.as_char(), two.as_char()) == (':', ':')
    {
        match next {
            TokenTree::Ident(name) => path.push(name.to_string()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
                for branch in tokens.split(is_comma) {
                    if let [TokenTree::Ident(name), rest @ ..] = branch {
                        find_path([path.as_slice(), &[name.to_string()]].concat(), rest, found);
                    }
                }
                return;
            }
            // The parameters of a type, or a `*`.
            _ => break,
        }
        rest = tail;
    }
    if path.len() > 1 {
        found(path);
    }
}

/// `path`, which is written in the module `module`, from the root of the crate; nothing if it starts elsewhere.
fn absolute(module: &[String], path: &[String]) -> Option<ItemPath> {
    let mut base = match path.first()?.as_str() {
        "crate" => &[],
        "self" => module,
        "super" => module.split_last()?.1,
        _ => return None,
    };
    let mut rest = &path[1..];
    while let [first, tail @ ..] = rest
        && first == "super"
    {
        (base, rest) = (base.split_last()?.1, tail);
    }
    // `{self}` in a group stands for the path before it.
    let rest = rest.strip_suffix(&["self".to_owned()]).unwrap_or(rest);
    Some([base, rest].concat())
}
