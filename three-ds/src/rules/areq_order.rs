//! AReqs: which of two rules comes first, extensions, where answers go, and what is no AReq at all.

use zeroize::Zeroizing;

use super::{Body, answer, hold};
use crate::{
    areq::AReq,
    fixtures::{card_key, directory_server},
    version::Version::{self, V220, V231},
};

#[test]
fn an_element_twice() {
    hold(
        &Version::ALL,
        &[
            ("+mcc='5411'", "204 mcc"),
            ("+mcc=null", "204 mcc"),
            ("+m\\u0063c='5411'", "204 mcc"),
            ("+browserTZ='1' & +mcc='1'", "204 mcc,browserTZ"),
            ("+acctNumber='4111111111111111'", "204 acctNumber"),
            ("+messageVersion='2.2.0'", "204 messageVersion"),
            ("acctInfo={'chAccAgeInd':'01','chAccAgeInd':'02'}", "204 acctInfo.chAccAgeInd"),
            ("homePhone={'cc':'1','cc':'1','subscriber':'1'}", "204 homePhone.cc"),
        ],
    );
}

#[test]
fn where_two_rules_are_broken_the_first_counts() {
    let critical = "messageExtension=[{'name':'n','id':'i','criticalityIndicator':true,'data':{}}]";
    hold(
        &Version::ALL,
        &[
            ("messageType='PReq' & +mcc='5411'", "101"),
            ("messageType='PReq' & messageVersion='2.1.0'", "101"),
            ("+mcc='5411' & messageVersion='2.1.0'", "204 mcc"),
            ("+mcc='5411' & -acctNumber", "204 mcc"),
            ("messageVersion='2.1.0' & -acctNumber", "102 2.2.0,2.3.1"),
            ("-mcc & acctNumber='1'", "201 mcc"),
            ("-mcc & -acctNumber", "201 acctNumber,mcc"),
            ("mcc='1' & purchaseCurrency='999'", "203 mcc"),
            ("mcc='1' & browserTZ='x'", "203 mcc,browserTZ"),
            ("mobilePhone={} & mcc='1'", "201 mobilePhone.cc,mobilePhone.subscriber"),
            (&format!("{critical} & purchaseCurrency='999'"), "304 purchaseCurrency"),
            (&format!("{critical} & mcc='1'"), "203 mcc"),
            (&format!("{critical} & dsURL='https://other.example'"), "202 i"),
            ("dsURL='https://other.example' & purchaseAmount='0'", "303 dsURL"),
            ("dsURL='https://other.example' & deviceChannel='03'", "303 dsURL"),
        ],
    );
}

#[test]
fn extensions() {
    let one = |critical: &str, id: &str| {
        format!("{{'name':'n','id':'{id}','criticalityIndicator':{critical},'data':{{'a':1}}}}")
    };
    let list = |extensions: Vec<String>| format!("messageExtension=[{}]", extensions.join(","));
    let cases = [
        (list(vec![]), "C"),
        (list(vec![one("false", "a")]), "C"),
        (list(vec![one("true", "a")]), "202 a"),
        (list(vec![one("true", "a"), one("false", "b"), one("true", "c")]), "202 a,c"),
        (list(vec![one("'true'", "a")]), "203 messageExtension.criticalityIndicator"),
        (list(vec![one("null", "a")]), "201 messageExtension.criticalityIndicator"),
        (list(vec![one("false", "«x*64»")]), "C"),
        (list(vec![one("false", "«x*65»")]), "203 messageExtension.id"),
        (list(vec![one("false", "")]), "201 messageExtension.id"),
        (one("false", "a").replacen('{', "messageExtension={", 1), "203 messageExtension"),
        (list(vec!["'x'".to_owned()]), "203 messageExtension"),
        (list(vec!["null".to_owned()]), "203 messageExtension"),
        (one("false", "a").replace("{'a':1}", "'a'"), "203 messageExtension.data"),
        (one("false", "a").replace("{'a':1}", "{'a':'«x*8051»'}"), "C"),
        (one("false", "a").replace("{'a':1}", "{'a':'«x*8052»'}"), "203 messageExtension.data"),
        (one("false", "a").replace("'name':'n'", "'name':'«x*65»'"), "203 messageExtension.name"),
    ];
    for (changes, expected) in cases {
        let bare = changes.starts_with('{').then(|| list(vec![changes.clone()]));
        hold(&Version::ALL, &[(&bare.unwrap_or(changes), expected)]);
    }
    let many = |count| list(vec![one("false", "a"); count]);
    hold(&[V220], &[(&many(10), "C"), (&many(11), "203 messageExtension")]);
    hold(&[V231], &[(&many(15), "C"), (&many(16), "203 messageExtension")]);
    let large = |length: usize| {
        let data = format!("{{'a':'«x*{length}»'}}");
        let extension = one("false", "a").replace("{'a':1}", &data);
        let extension = extension.replace("'name':'n'", "'name':'«x*64»'");
        list(vec![extension.replace("'id':'a'", "'id':'«x*64»'"); 10])
    };
    hold(&[V220], &[(&large(8051), "203 messageExtension"), (&large(7900), "C")]);
}

/// An error never repeats a card number, not even one that its sender took for an extension's id.
#[test]
fn an_extension_s_id_that_has_the_card_number() {
    for id in
        ["4111111111111111", "4111-1111-1111-1111", "A4111.1111.1111.1111", "1-411111111111:1111"]
    {
        let extension =
            "messageExtension=[{'name':'n','id':'ID','criticalityIndicator':true,'data':{}}]";
        hold(&Version::ALL, &[(&extension.replace("ID", id), "202 messageExtension")]);
    }
    let other = "messageExtension=[{'name':'n','id':'4111-1111-1111-1112','criticalityIndicator':true,'data':{}}]";
    hold(&Version::ALL, &[(other, "202 4111-1111-1111-1112")]);
}

/// Three digits could be found from a digest of them.
#[test]
fn no_digest_has_the_card_s_security_code() {
    let content = |changes: &str| {
        let text = Body::payment(V231).changed(changes).text();
        let body = Zeroizing::new(text.into_bytes());
        AReq::read(body, &directory_server(), &[card_key()]).ok().unwrap().content()
    };
    assert!(content("cardSecurityCode='123'") == content("cardSecurityCode='456'"));
    assert!(content("cardSecurityCode='123'") == content(""));
    assert!(content("cardExpiryDate='3001'") != content("cardExpiryDate='3002'"));
}

#[test]
fn where_results_may_go() {
    hold(
        &Version::ALL,
        &[
            ("dsURL='https://ds.example'", "C"),
            ("dsURL='https://DS.example:443/a?b#c'", "C"),
            ("dsURL='https://ds.example:8443/results'", "303 dsURL"),
            ("dsURL='https://other.example/results'", "303 dsURL"),
            ("dsURL='https://ds.example.other.example/'", "303 dsURL"),
            ("dsURL='https://sub.ds.example/'", "303 dsURL"),
            ("dsURL='https://ds.example@other.example/'", "303 dsURL"),
            ("dsURL='https://user:word@ds.example/'", "303 dsURL"),
            ("dsURL='https://ds.example./'", "303 dsURL"),
            ("dsURL='https://ds.example/«x*2029»'", "C"),
            ("dsURL='https://ds.example/«x*2030»'", "203 dsURL"),
            ("dsURL='https:\\\\ds.example'", "203 dsURL"),
        ],
    );
    hold(&Version::ALL, &[("dsURL='http://ds.example/results'", "303 dsURL")]);
}

#[test]
fn types_versions_and_json() {
    hold(
        &Version::ALL,
        &[
            ("messageType='ARes'", "101"),
            ("messageType='CReq'", "101"),
            ("messageType='areq'", "101"),
            ("messageType='AReq '", "101"),
            ("messageType=1", "101"),
            ("messageType='Erro'", "no answer"),
            ("messageVersion='2.1.0'", "102 2.2.0,2.3.1"),
            ("messageVersion='2.3.0'", "102 2.2.0,2.3.1"),
            ("messageVersion='9.99.999'", "102 2.2.0,2.3.1"),
        ],
    );
    let valid = Body::payment(V220).text();
    let spaced = valid.replace(",\"", " ,\r\n\t\"").replace("\":", "\" :\n");
    for body in [format!("\r\n\t {valid} \n"), spaced] {
        assert_eq!(answer(body.as_bytes()), "C", "{body}");
    }
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        "",
        " ",
        "null",
        "[]",
        "\"AReq\"",
        "{}",
        &format!("[{valid}]"),
        &valid[..valid.len() - 1],
        &format!("{valid}x"),
        &format!("{valid}{valid}"),
        &valid.replace(",\"mcc\"", ",,\"mcc\""),
        &valid.replace("true", "True"),
        &valid.replace("\"5411\"", "05411"),
        &valid.replace("\"5411\"", "NaN"),
        &valid.replace('"', "'"),
        &valid.replace("5411", "54\n11"),
        &valid.replace("}", ",}"),
        &nested,
    ] {
        assert_eq!(answer(body.as_bytes()), "101", "{}", body.chars().take(99).collect::<String>());
    }
    let deep = valid.replace("\"5411\"", &nested);
    assert!(answer(deep.as_bytes()).starts_with(['1', '2']));
    let mut latin = valid.into_bytes();
    let at = latin.iter().position(|byte| *byte == 0xe2).unwrap();
    latin[at] = 0xff;
    assert_eq!(answer(&latin), "101");
}
