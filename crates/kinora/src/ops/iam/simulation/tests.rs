//! Pages and bounds of simulations.

use kvs::limits;
use kvs::name::AccountId;

use super::setting::Setting;
use super::{Window, context_keys, results};

/// A policy of this length, which says little.
fn policy(chars: usize) -> String {
    let text =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    format!("{text}{}", " ".repeat(chars - text.len()))
}

fn setting(policies: &[String]) -> Setting {
    let mut setting = Setting::new(AccountId::parse("012345678901").unwrap(), None).unwrap();
    setting.identity = context_keys::given("PolicyInputList", policies).unwrap();
    setting
}

fn resource(chars: usize) -> String {
    let arn = "arn:aws:kinesisvideo:us-east-1:012345678901:stream/";
    format!("{arn}{}", "a".repeat(chars - arn.len()))
}

#[test]
fn a_page_is_as_short_as_its_work_demands() {
    let (setting, resource) = (setting(&[policy(100_000)]), resource(2048));
    let work = setting.work(&resource);
    assert!(work > 100_000 * 2048, "{work}");
    let actions: Vec<String> = (0..20).map(|n| format!("kinesisvideo:Get{n}")).collect();
    let resources = [resource];
    let (mut count, mut marker) = (0, None::<String>);
    loop {
        let window = Window::new(marker.as_deref(), Some(1000)).unwrap();
        let page = results(&setting, &actions, &resources, &window).unwrap();
        assert!(page.items.len() as u64 * work <= limits::SIMULATED_WORK_MAX);
        count += page.items.len();
        match page.marker {
            Some(next) => marker = Some(next),
            None => break,
        }
    }
    assert_eq!(count, actions.len(), "the pages make the whole");
}

#[test]
fn one_pair_that_is_too_much_is_refused_in_words() {
    let (setting, resources) = (setting(&vec![policy(100_000); 9]), [resource(2048)]);
    let window = Window::new(None, None).unwrap();
    let actions = ["iam:GetUser".to_owned()];
    let error = results(&setting, &actions, &resources, &window).unwrap_err();
    assert_eq!((error.code, error.status), ("InvalidInput", 400));
    assert!(error.message.contains("too long"), "{}", error.message);
}
