//! `cargo xtask import openapi`: facts against the schema.

use std::{collections::BTreeMap, fs, path::Path};

use wechatpay_codegen::{
    openapi::{self, Import},
    source,
};

/// What the command line asks for.
#[derive(Default)]
struct Request<'a> {
    write: bool,
    check: bool,
    verbose: bool,
    product: Option<&'a str>,
    report: Option<&'a str>,
    files: Vec<&'a str>,
}

/// Shows what the documents say otherwise than the schema; with `--write` adds what it lacks.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let request = parse(arguments)?;
    let schema = root.join("schema");
    let sources = source::read(&schema).map_err(|error| error.to_string())?;
    let mut documents = BTreeMap::new();
    for file in &request.files {
        let text =
            fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
        documents.insert((*file).to_owned(), text);
    }
    let import = openapi::import(&sources, &documents, request.product)
        .map_err(|error| error.to_string())?;
    show(&import, &request)?;
    if request.write {
        for (path, text) in &import.files {
            let path = schema.join(path);
            let folder = path.parent().unwrap_or(&schema);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            println!("wrote {}", path.display());
        }
    }
    if request.check && !import.differences.is_empty() {
        return Err("the schema is not what the documents say".to_owned());
    }
    Ok(())
}

fn show(import: &Import, request: &Request<'_>) -> Result<(), String> {
    for line in &import.differences {
        println!("{line}");
    }
    if request.verbose {
        for line in &import.settled {
            println!("{line}: settled");
        }
        for line in &import.only_in_schema {
            println!("{line}: in no document");
        }
        println!("\ntreatments:\n{}", import.treatments.verbose());
    } else {
        println!("\ntreatments (`--verbose` shows the places):\n{}", import.treatments);
    }
    if let Some(file) = request.report {
        fs::write(file, import.treatments.verbose())
            .map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    let found = import.differences.len();
    println!(
        "{} operations and notifications in {} documents; {} places of the schema are in none; {} differences are settled",
        import.read,
        request.files.len(),
        import.only_in_schema.len(),
        import.settled.len()
    );
    if found == 0 {
        println!("nothing to change");
    } else {
        println!(
            "{found} differences: `--write` adds {}, {} are for a person to decide",
            found - import.undecided,
            import.undecided
        );
    }
    Ok(())
}

fn parse<'a>(arguments: &[&'a str]) -> Result<Request<'a>, String> {
    let mut request = Request::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().copied().ok_or_else(|| format!("{argument} needs a value"));
        match *argument {
            "--write" => request.write = true,
            "--check" => request.check = true,
            "--verbose" => request.verbose = true,
            "--product" => request.product = Some(value()?),
            "--report" => request.report = Some(value()?),
            option if option.starts_with('-') => {
                return Err(format!("there is no option `{option}`"));
            }
            file => request.files.push(file),
        }
    }
    if request.files.is_empty() {
        return Err("name the OpenAPI documents to import".to_owned());
    }
    Ok(request)
}
