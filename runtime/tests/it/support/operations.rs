//! Operations and types as the generator writes them.

use wechatpay_runtime::{
    Host, Method, Operation, Repeat,
    wire::{
        Decode, Field, Json, Mismatch, Object, Request, Sensitive, Shape, UploadFile, Value, body,
        header, meta, optional, path, query, required,
    },
};

/// Nothing listens there: tests give the address of their own gateway.
pub(crate) static HOST: Host = Host::new("http://127.0.0.1:1", None);

pub(crate) static PUNCH: Operation =
    Operation::new("taxi.punch", Method::POST, "/v3/taxi/punch", &HOST).with_body();
pub(crate) static UPDATE: Operation =
    Operation::new("taxi.update", Method::PATCH, "/v3/taxi/punch", &HOST)
        .with_body()
        .repeat(Repeat::Overwrite);
pub(crate) static REFUND: Operation =
    Operation::new("taxi.refund", Method::POST, "/v3/taxi/refunds", &HOST).with_body();
pub(crate) static GET_DRIVER: Operation =
    Operation::new("taxi.get_driver", Method::GET, "/v3/taxi/drivers/{license}", &HOST)
        .repeat(Repeat::Read);
pub(crate) static UPLOAD: Operation =
    Operation::new("taxi.upload", Method::POST, "/v3/taxi/files", &HOST).with_body();
pub(crate) static DOWNLOAD: Operation =
    Operation::new("taxi.download", Method::GET, "/v3/taxi/files/{license}", &HOST)
        .repeat(Repeat::Read)
        .unsigned();

/// Generated operations are static; those of a test name ports that are known only now.
pub(crate) fn on(main: String, backup: Option<String>, repeat: Repeat) -> &'static Operation {
    let backup = backup.map(|url| &*url.leak());
    let host: &'static Host = Box::leak(Box::new(Host::new(main.leak(), backup)));
    let operation = Operation::new("taxi.marked", Method::POST, "/v3/taxi/marked", host);
    Box::leak(Box::new(operation.with_body().repeat(repeat)))
}

/// A request with a JSON body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Punch {
    pub(crate) name: String,
    pub(crate) total: i64,
    pub(crate) phone: Option<Sensitive<String>>,
    pub(crate) note: Option<String>,
}

impl Punch {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Request for Punch {
    fn fields(&self) -> Vec<Field<'_>> {
        vec![
            body("name", &self.name, required().max_chars(8)),
            body("total", &self.total, required()),
            body("phone", &self.phone, optional()),
            body("note", &self.note, optional()),
        ]
    }
}

/// A request with everything but a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Driver {
    pub(crate) license: String,
    pub(crate) region: Option<i64>,
    pub(crate) tags: Vec<String>,
    pub(crate) filter: Option<Notes>,
    pub(crate) phone: Option<Sensitive<String>>,
    pub(crate) key: Option<String>,
}

impl Request for Driver {
    fn fields(&self) -> Vec<Field<'_>> {
        vec![
            path("license", &self.license, required()),
            query("region_id", &self.region, optional()),
            query("tag", &self.tags, optional()),
            query("filter", &self.filter, optional().json()),
            query("phone", &self.phone, optional()),
            header("Idempotency-Key", &self.key, optional()),
        ]
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Notes {
    pub(crate) text: String,
}

impl Object for Notes {
    fn fields(&self) -> Vec<Field<'_>> {
        vec![body("text", &self.text, required())]
    }
}

impl Value for Notes {
    fn shape(&self) -> Shape<'_> {
        Shape::Object(self)
    }
}

/// A request with a file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) file: UploadFile,
}

impl Request for Upload {
    fn fields(&self) -> Vec<Field<'_>> {
        vec![
            meta("filename", self.file.name(), required()),
            meta("digest", self.file.sm3(), required()),
        ]
    }

    fn upload(&self) -> Option<&UploadFile> {
        Some(&self.file)
    }
}

/// A response.
#[derive(Debug, PartialEq)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) total: i64,
    pub(crate) phone: Option<Sensitive<String>>,
}

impl Decode for Refund {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let object = json.object()?;
        Ok(Self {
            id: object.field("id")?,
            total: object.field("total")?,
            phone: object.field("phone")?,
        })
    }
}
