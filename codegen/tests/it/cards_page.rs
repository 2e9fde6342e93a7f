//! `POST /v3/taxi-invoice/cards` as its official page of 2024-11-18 prints it: every field, its presence, its type.

use std::path::PathBuf;

use wechatpay_codegen::{
    load,
    model::{Field, Presence, Product, Response, Type},
    source,
};

const PAGE: &str = "\
company_mchid 必填 string(32)
token 必填 string(1024)
appid 必填 string(128)
openid 必填 string(128)
region_id 必填 integer
fapiao_card_information 必填 object
fapiao_card_information.fapiao_media_id 必填 string(128)
fapiao_card_information.fapiao_number 必填 string(8)
fapiao_card_information.fapiao_code 必填 string(12)
fapiao_card_information.fapiao_time 必填 string(32)
fapiao_card_information.check_code 必填 string(20)
fapiao_card_information.password 必填 string(1024)
fapiao_card_information.total_amount 必填 integer
fapiao_card_information.tax_amount 必填 integer
fapiao_card_information.amount 必填 integer
fapiao_card_information.buyer_information 必填 object
fapiao_card_information.buyer_information.type 必填 string
fapiao_card_information.buyer_information.name 必填 string(80)
fapiao_card_information.buyer_information.taxpayer_id 选填 string(20) [type=ORGANIZATION]
fapiao_card_information.buyer_information.address 选填 string(80)
fapiao_card_information.buyer_information.telephone 选填 string(20)
fapiao_card_information.buyer_information.bank_name 选填 string(70)
fapiao_card_information.buyer_information.bank_account 选填 string(30)
fapiao_card_information.seller_information 必填 object
fapiao_card_information.seller_information.name 必填 string(80)
fapiao_card_information.seller_information.taxpayer_id 必填 string(20)
fapiao_card_information.seller_information.address 必填 string(80)
fapiao_card_information.seller_information.telephone 选填 string(20)
fapiao_card_information.seller_information.bank_name 选填 string(70)
fapiao_card_information.seller_information.bank_account 选填 string(30)
fapiao_card_information.extra_information 必填 object
fapiao_card_information.extra_information.payee 选填 string(16)
fapiao_card_information.extra_information.reviewer 选填 string(16)
fapiao_card_information.extra_information.drawer 必填 string(20)
fapiao_card_information.items 选填 array[object]
fapiao_card_information.items.tax_code 必填 string(32)
fapiao_card_information.items.goods_name 必填 string(128)
fapiao_card_information.items.specification 选填 string(40)
fapiao_card_information.items.unit 选填 string(14)
fapiao_card_information.items.quantity 必填 integer
fapiao_card_information.items.unit_price 必填 integer
fapiao_card_information.items.amount 必填 integer
fapiao_card_information.items.tax_amount 必填 integer
fapiao_card_information.items.total_amount 必填 integer
fapiao_card_information.items.tax_rate 必填 integer
fapiao_card_information.items.tax_prefer_mark 必填 string
fapiao_card_information.items.discount 必填 boolean
fapiao_card_information.remark 选填 string(200)
";

const ERRORS: [(u16, &str); 9] = [
    (400, "PARAM_ERROR"),
    (400, "INVALID_REQUEST"),
    (401, "SIGN_ERROR"),
    (403, "NO_AUTH"),
    (403, "NO_AUTH"),
    (404, "NOT_FOUND"),
    (404, "NOT_FOUND"),
    (404, "NOT_FOUND"),
    (500, "SYSTEM_ERROR"),
];

#[test]
fn the_schema_follows_the_page_line_by_line() {
    let schema = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let api = load(&source::read(&schema).unwrap()).unwrap();
    let product = api.products.iter().find(|product| product.feature == "taxi-invoice").unwrap();
    let operation =
        product.operations.iter().find(|operation| operation.name.wire == "insert_card").unwrap();
    assert_eq!(
        (operation.method.as_str(), operation.path.as_str()),
        ("POST", "/v3/taxi-invoice/cards")
    );
    assert!(matches!(operation.response, Response::Empty { status: 204 }));
    let errors: Vec<_> =
        operation.errors.iter().map(|error| (error.status, error.code.as_str())).collect();
    assert_eq!(errors, ERRORS);

    // Fields that the page no longer lists are deprecated, and are the only ones beside it.
    let (gone, listed): (Vec<&Field>, Vec<&Field>) =
        operation.fields.iter().partition(|field| field.deprecated.is_some());
    let gone: Vec<_> = gone.iter().map(|field| field.name.wire.as_str()).collect();
    assert_eq!(gone, ["trade_number", "driver_license", "plate_number"]);
    let mut lines = String::new();
    for field in listed {
        print(product, field, "", &mut lines);
    }
    assert_eq!(lines, PAGE);
}

fn print(product: &Product, field: &Field, prefix: &str, lines: &mut String) {
    let path = format!("{prefix}{}", field.name.wire);
    let (ty, nested) = match &field.ty {
        Type::Object(id) => ("object".to_owned(), Some(id)),
        Type::Enum(_) => ("string".to_owned(), None),
        Type::List { item, .. } => match **item {
            Type::Object(ref id) => ("array[object]".to_owned(), Some(id)),
            _ => (field.notation.clone(), None),
        },
        _ => (field.notation.clone(), None),
    };
    let (presence, condition) = match &field.presence {
        Presence::Required => ("必填", String::new()),
        Presence::Expected => ("必填", " [unchecked]".to_owned()),
        Presence::Optional => ("选填", String::new()),
        Presence::RequiredWhen { field, values } => {
            ("选填", format!(" [{field}={}]", values.join("|")))
        }
    };
    lines.push_str(&format!("{path} {presence} {ty}{condition}\n"));
    for field in nested.map_or(&[][..], |id| &product.object(*id).fields) {
        print(product, field, &format!("{path}."), lines);
    }
}
