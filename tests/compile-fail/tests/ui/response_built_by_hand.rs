use wechatpay_client::taxi_invoice::UploadCardFileResponse;

fn main() {
    let _ = UploadCardFileResponse { fapiao_media_id: "made up".into() };
}
