//! Messages that tests begin with.

use zeroize::Zeroizing;

use crate::{
    areq::AReq,
    directory_server::{DirectoryServer, Eci, Mandate, ResultsOrigin},
    erro::{Erro, Refusal},
    ids::TransId,
    json::{Value, object},
    pan::CardKey,
    transaction::Transaction,
    version::Version,
};

/// A directory server that takes both versions.
pub(crate) fn directory_server() -> DirectoryServer {
    DirectoryServer {
        id: "test".to_owned(),
        versions: Version::ALL.to_vec(),
        reference_numbers: vec!["TEST_DS_0001".to_owned()],
        results_origins: vec![ResultsOrigin::parse("https://ds.example").unwrap()],
        certificates: Vec::new(),
        acs_reference_number: "TEST_ACS_0001".to_owned(),
        acs_operator_id: None,
        challenge_mandated: Mandate::NotMandated,
        eci: Eci { authenticated: Some("05".to_owned()), not_authenticated: None },
    }
}

pub(crate) fn card_key() -> CardKey {
    CardKey::parse(&"A".repeat(43)).unwrap()
}

/// A message as members, to be changed.
#[derive(Clone)]
pub(crate) struct Message(pub(crate) Vec<(String, Value)>);

impl Message {
    /// A payment in a browser with JavaScript: every element that must be there, and no other.
    pub(crate) fn payment(version: Version) -> Self {
        let mut message = Self::of(PAYMENT).set("messageVersion", version.as_str());
        if version == Version::V231 {
            message = message.json("acceptLanguage", r#"["ja-JP","en"]"#);
        }
        message
    }

    /// The same without anything of a merchant or purchase.
    pub(crate) fn non_payment(version: Version) -> Self {
        const OF_PAYMENTS: [&str; 9] = [
            "acquirerBIN",
            "acquirerMerchantID",
            "mcc",
            "merchantCountryCode",
            "merchantName",
            "purchaseAmount",
            "purchaseCurrency",
            "purchaseExponent",
            "purchaseDate",
        ];
        let message =
            OF_PAYMENTS.into_iter().fold(Self::payment(version), |it, name| it.without(name));
        message.set("messageCategory", "02").set("threeDSRequestorAuthenticationInd", "04")
    }

    pub(crate) fn of(text: &str) -> Self {
        match Value::parse(text) {
            Some(Value::Object(members)) => Self(members),
            _ => panic!("no object"),
        }
    }

    pub(crate) fn put(mut self, name: &str, value: Value) -> Self {
        match self.0.iter_mut().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
        self
    }

    pub(crate) fn set(self, name: &str, text: &str) -> Self {
        self.put(name, text.into())
    }

    pub(crate) fn json(self, name: &str, json: &str) -> Self {
        self.put(name, Value::parse(json).unwrap())
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(member, _)| member != name);
        self
    }

    pub(crate) fn text(&self) -> String {
        object(self.0.iter().map(|(name, value)| (name.as_str(), value.clone())).collect())
    }

    /// The AReq that this is, or why it is none.
    pub(crate) fn read(&self) -> Result<AReq, Refusal> {
        AReq::read(Zeroizing::new(self.text().into_bytes()), &directory_server(), &[card_key()])
    }

    #[track_caller]
    pub(crate) fn areq(&self) -> AReq {
        match self.read() {
            Ok(areq) => areq,
            Err(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn erro(&self) -> Erro {
        match self.read() {
            Err(Refusal::Erro(erro)) => *erro,
            Err(Refusal::WasErro) => panic!("taken for an Erro"),
            Ok(_) => panic!("taken: {}", self.text()),
        }
    }
}

const PAYMENT: &str = r#"{
    "messageType": "AReq",
    "messageVersion": "2.2.0",
    "messageCategory": "01",
    "deviceChannel": "02",
    "threeDSServerTransID": "8a880dc0-d2d2-4067-bcb1-b08d1690b26e",
    "dsTransID": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b",
    "dsReferenceNumber": "TEST_DS_0001",
    "dsURL": "https://ds.example/results",
    "threeDSServerRefNumber": "TEST_SERVER_0001",
    "threeDSServerURL": "https://server.example/3ds",
    "threeDSRequestorID": "requestor-1",
    "threeDSRequestorName": "Maru Shop Online",
    "threeDSRequestorURL": "https://shop.example/help",
    "threeDSRequestorAuthenticationInd": "01",
    "threeDSCompInd": "U",
    "acctNumber": "4111111111111111",
    "acquirerBIN": "400551",
    "acquirerMerchantID": "merchant-1",
    "mcc": "5411",
    "merchantCountryCode": "392",
    "merchantName": "●●shop",
    "purchaseAmount": "3150",
    "purchaseCurrency": "392",
    "purchaseExponent": "0",
    "purchaseDate": "20230212150000",
    "notificationURL": "https://shop.example/3ds/notify",
    "browserAcceptHeader": "text/html",
    "browserUserAgent": "Mozilla/5.0",
    "browserLanguage": "ja-JP",
    "browserJavascriptEnabled": true,
    "browserJavaEnabled": false,
    "browserColorDepth": "24",
    "browserScreenHeight": "1080",
    "browserScreenWidth": "1920",
    "browserTZ": "-540"
}"#;

/// The transaction of [`Message::payment`].
pub(crate) fn transaction(version: Version) -> Transaction {
    let areq = Message::payment(version).areq();
    let acs_trans_id = TransId::parse("d7c1ee99-9478-44a6-b1f2-391e29c6b340").unwrap();
    let [card] = areq.card.digests[..] else { panic!("one key") };
    Transaction::of(&areq, "test", acs_trans_id, card).unwrap()
}
