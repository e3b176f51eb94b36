//! In which order a message is checked, and the error of each check.

use super::*;

#[test]
fn a_message_that_is_none_is_101() {
    let read = |body: &[u8]| AReq::read(Zeroizing::new(body.to_vec()), &directory_server(), &[]);
    let valid = Message::payment(V220).text();
    let mut broken = valid.clone().into_bytes();
    broken[200] = 0xff;
    for body in [&b""[..], b"null", b"[]", b"\"AReq\"", b"{", &valid.as_bytes()[1..], &broken] {
        let Err(Refusal::Erro(erro)) = read(body) else { panic!("taken") };
        assert_eq!((erro.code.as_str(), erro.about), ("101", None));
        assert_eq!(erro.detail, "Invalid Formatted Message");
    }
    let deep = format!(
        "{{\"messageType\":\"AReq\",\"acctInfo\":{}1{}}}",
        "[".repeat(300),
        "]".repeat(300)
    );
    let Err(Refusal::Erro(_)) = read(deep.as_bytes()) else { panic!("taken") };
}

#[test]
fn a_type_that_is_not_taken_is_101() {
    for (kind, detail) in [
        ("ARes", "Invalid Message for the receiving component"),
        ("CReq", "Invalid Message for the receiving component"),
        ("PReq", "Invalid Message for the receiving component"),
        ("RReq", "Invalid Message for the receiving component"),
        ("areq", "Invalid Message Type"),
        ("", "Invalid Message Type"),
        ("AReqX", "Invalid Message Type"),
    ] {
        finds(&Message::payment(V220).set("messageType", kind), "101", detail);
    }
    for (_, message) in versions() {
        finds(&message.clone().without("messageType"), "101", "Invalid Message Type");
        finds(&message.json("messageType", "1"), "101", "Invalid Message Type");
    }
    // 2.3.1 wants the type of the message in every error; it is the one that was expected.
    let erro = Message::payment(V231).without("messageType").erro();
    assert_eq!((erro.about, erro.version), (Some(MessageType::AReq), V231));
    assert_eq!(Message::payment(V220).without("messageType").erro().about, None);
}

#[test]
fn an_error_is_never_answered_with_one() {
    let read = Message::payment(V220).set("messageType", "Erro").read();
    assert!(matches!(read, Err(Refusal::WasErro)));
}

#[test]
fn a_version_that_is_not_spoken_is_102() {
    for version in ["2.1.0", "2.3.0", "2.4.0", "1.0.2", "2.2", "2.2.0.1", "９.2.0"] {
        let erro = Message::payment(V220).set("messageVersion", version).erro();
        assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("102", "2.2.0,2.3.1"), "{version}");
        assert_eq!((erro.version, erro.about), (V220, Some(MessageType::AReq)));
    }
    let mut older = directory_server();
    older.versions = vec![V220];
    let body = Zeroizing::new(Message::payment(V231).text().into_bytes());
    let Err(Refusal::Erro(erro)) = AReq::read(body, &older, &[]) else { panic!("taken") };
    assert_eq!((erro.code.as_str(), erro.detail.as_str()), ("102", "2.2.0"));

    let payment = Message::payment(V220);
    finds(&payment.clone().without("messageVersion"), "201", "messageVersion");
    finds(&payment.clone().set("messageVersion", ""), "201", "messageVersion");
    finds(&payment.clone().json("messageVersion", "null"), "201", "messageVersion");
    finds(&payment.json("messageVersion", "2.2"), "203", "messageVersion");
}

#[test]
fn an_element_that_is_given_twice_is_204() {
    for (_, message) in versions() {
        for name in
            ["purchaseAmount", "messageType", "messageVersion", "acctNumber", "email", "dsTransID"]
        {
            let mut twice = message.clone().set("email", "a@b.example");
            let again = twice.0.iter().find(|(member, _)| member == name).unwrap().clone();
            twice.0.push(again);
            finds(&twice, "204", name);
        }
        let inner = message.clone();
        let text = inner.text().replacen(
            '{',
            r#"{"acctInfo":{"chAccAgeInd":"01","chAccAgeInd":"01"},"#,
            1,
        );
        finds(&Message::of(&text), "204", "acctInfo.chAccAgeInd");
        let text = inner.text().replacen('{', r#"{"messageExtension":[{"id":"a","id":"a"}],"#, 1);
        finds(&Message::of(&text), "204", "messageExtension.id");
        // Before the version, and before what is missing.
        let mut early = message.clone().set("messageVersion", "9.9.9").without("mcc");
        early.0.push(("acctID".to_owned(), "a".into()));
        early.0.push(("acctID".to_owned(), "b".into()));
        finds(&early, "204", "acctID");
        // What nobody knows is ignored, also twice, and what extensions carry.
        let text = message.text().replacen('{', r#"{"option":1,"option":{"a":1,"a":2},"#, 1);
        assert!(Message::of(&text).read().is_ok());
        let data = r#"{"messageExtension":[{"name":"n","id":"A000000004","criticalityIndicator":false,"data":{"a":1,"a":2}}],"#;
        assert!(Message::of(&message.text().replacen('{', data, 1)).read().is_ok());
    }
}

#[test]
fn an_id_that_is_given_twice_is_not_repeated() {
    let mut twice = Message::payment(V220);
    twice.0.push(("dsTransID".to_owned(), "00000000-0000-4000-8000-000000000000".into()));
    let ids = twice.erro().ids;
    assert!(ids.ds.is_none() && ids.three_ds_server.is_some());
}

#[test]
fn codes_of_iso_that_are_none_are_304() {
    for (_, message) in versions() {
        for number in (955..=964).chain([999, 0, 1, 191, 123]) {
            let digits = format!("{number:03}");
            finds(&message.clone().set("purchaseCurrency", &digits), "304", "purchaseCurrency");
        }
        for number in [901, 950, 998, 999, 0, 3, 346] {
            let digits = format!("{number:03}");
            finds(
                &message.clone().set("merchantCountryCode", &digits),
                "304",
                "merchantCountryCode",
            );
        }
        for (currency, exponent) in [("392", "2"), ("840", "0"), ("414", "2"), ("392", "9")] {
            let message =
                message.clone().set("purchaseCurrency", currency).set("purchaseExponent", exponent);
            finds(&message, "304", "purchaseCurrency,purchaseExponent");
        }
        let both = message.set("purchaseCurrency", "999").set("merchantCountryCode", "999");
        finds(&both, "304", "merchantCountryCode,purchaseCurrency");
    }
    finds(&Message::payment(V231).set("acquirerCountryCode", "999"), "304", "acquirerCountryCode");
}

#[test]
fn an_extension_that_must_be_understood_is_202_and_another_is_ignored() {
    let extension = |id: &str, critical: bool| {
        format!(
            r#"{{"name":"n","id":"{id}","criticalityIndicator":{critical},"data":{{"a":"b"}}}}"#
        )
    };
    for (version, message) in versions() {
        let with = |list: &[String]| {
            message.clone().json("messageExtension", &format!("[{}]", list.join(",")))
        };
        assert!(with(&[extension("A000000004", false)]).read().is_ok());
        finds(&with(&[extension("A00000065801", true)]), "202", "A00000065801");
        let several = [extension("A1", true), extension("A2", false), extension("A3", true)];
        finds(&with(&several), "202", "A1,A3");
        finds(&with(&[extension(CARD, true)]), "202", "messageExtension");
        let most = if version == V220 { 10 } else { 15 };
        let many = vec![extension("A000000004", false); most];
        assert!(with(&many).read().is_ok());
        finds(&with(&[many.clone(), many].concat()), "203", "messageExtension");
        let long = format!(
            r#"[{{"name":"n","id":"A1","criticalityIndicator":false,"data":{{"a":"{}"}}}}]"#,
            "割".repeat(8051)
        );
        assert!(message.clone().json("messageExtension", &long).read().is_ok());
        let longer = long.replacen("割", "割割", 1);
        finds(&message.clone().json("messageExtension", &longer), "203", "messageExtension.data");
        for (bad, detail) in [
            (
                r#"[{"name":"n","id":"A1","criticalityIndicator":"false","data":{"a":1}}]"#,
                "messageExtension.criticalityIndicator",
            ),
            (
                r#"[{"name":"n","id":"A1","criticalityIndicator":false,"data":"a"}]"#,
                "messageExtension.data",
            ),
            (r#"["a"]"#, "messageExtension"),
            (r#"{"name":"n"}"#, "messageExtension"),
        ] {
            finds(&message.clone().json("messageExtension", bad), "203", detail);
        }
        let id = "A".repeat(65);
        finds(&with(&[extension(&id, false)]), "203", "messageExtension.id");
    }
}

#[test]
fn all_extensions_together_have_a_length() {
    let one = format!(
        r#"{{"name":"n","id":"A1","criticalityIndicator":false,"data":{{"a":"{}"}}}}"#,
        "x".repeat(8000)
    );
    let list = |count| format!("[{}]", vec![one.clone(); count].join(","));
    assert!(Message::payment(V231).json("messageExtension", &list(10)).read().is_ok());
    finds(&Message::payment(V231).json("messageExtension", &list(11)), "203", "messageExtension");
}

#[test]
fn results_go_to_origins_of_the_directory_server_alone() {
    for (_, message) in versions() {
        for url in [
            "https://evil.example/results",
            "https://ds.example.evil.example/",
            "https://ds.example:444/",
            "https://u:p@ds.example/",
        ] {
            finds(&message.clone().set("dsURL", url), "303", "dsURL");
        }
        finds(&message.clone().set("dsURL", "http://ds.example/results"), "303", "dsURL");
        finds(&message.set("dsReferenceNumber", "OTHER_DS"), "303", "dsReferenceNumber");
    }
}

#[test]
fn an_earlier_check_hides_a_later_one() {
    let message = Message::payment(V220).set("dsURL", "https://evil.example/").json(
        "messageExtension",
        r#"[{"name":"n","id":"A1","criticalityIndicator":true,"data":{"a":1}}]"#,
    );
    finds(&message, "202", "A1");
    let message = message.set("merchantCountryCode", "999");
    finds(&message, "304", "merchantCountryCode");
    let message = message.set("threeDSCompInd", "X");
    finds(&message, "203", "threeDSCompInd");
    let message = message.without("mcc");
    finds(&message, "201", "mcc");
    let message = message.set("messageVersion", "2.0.0");
    finds(&message, "102", "2.2.0,2.3.1");
}

#[test]
fn an_error_says_what_the_protocol_asks_for() {
    let erro = Message::payment(V231).without("mcc").erro();
    assert_eq!(
        erro.json(),
        r#"{"threeDSServerTransID":"8a880dc0-d2d2-4067-bcb1-b08d1690b26e","dsTransID":"f25084f0-5b16-4c0a-ae5d-b24808a95e4b","errorCode":"201","errorComponent":"A","errorDescription":"Required data element missing","errorDetail":"mcc","errorMessageType":"AReq","messageType":"Erro","messageVersion":"2.3.1"}"#
    );
}
