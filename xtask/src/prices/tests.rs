use super::*;

/// A model in a list of providers, as genai-prices writes it.
fn entries_of(model: &str) -> Vec<Json> {
    let list = list_after(&format!("models = [{model}]"), "models =").expect("a list");
    entries("openai", list[0].call("ModelInfo").expect("a model"))
        .expect("prices")
        .1
}

#[test]
fn rates_are_written_out_in_pico_dollars_and_tiers_begin_with_their_first_token() {
    let entries = entries_of(
        r"ModelInfo(id='m', match=ClauseOr(or_=[ClauseEquals(equals='m'), ClauseRegex(regex='^m-\\d{8}$')]),
            description='It\'s \\ ok', context_window=200_000, prices=ModelPrice(
                input_mtok=TieredPrices(base=Decimal('1.25'), tiers=[Tier(start=200000, price=Decimal('2.5'))]),
                output_mtok=Decimal('10'), output_image_mtok=Decimal('0.000001'), web_searches_kcount=Decimal('10'),
                audio_hours=Decimal('3'),
            ))",
    );
    let [entry] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(entry["match"], json!(["m", "m-20*"]));
    let rates = |input: u64| {
        json!({
            "input_text": input, "cache_read": input, "cache_write_5m": input, "cache_write_1h": input,
            "input_audio": input, "input_image": input, "output_text": 10_000_000, "output_reasoning": 10_000_000,
            "output_audio": 10_000_000, "output_image": 1, "web_searches": 10_000_000_000_u64,
        })
    };
    let tiers = json!([
        { "from_input_tokens": 0, "rates": rates(1_250_000) },
        { "from_input_tokens": 200_001, "rates": rates(2_500_000) },
    ]);
    assert_eq!(entry["tiers"], tiers);
}

#[test]
fn prices_change_on_their_days_and_service_tiers_come_first() {
    let entries = entries_of(
        r"ModelInfo(id='m', match=ClauseStartsWith(starts_with='m'),
            prices=[
                ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('1'), output_mtok=Decimal('2'))),
                ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2026, 3, 1)),
                    prices=ModelPrice(input_mtok=Decimal('3'), output_mtok=Decimal('4'))),
            ],
            price_variants=[
                PriceVariant(when={'service_tier': 'flex'}, prices=ModelPrice(input_mtok=Decimal('5')),
                    constraint=StartDateConstraint(start_date=datetime.date(2026, 2, 1))),
                PriceVariant(when={'speed': 'fast'}, prices=ModelPrice(input_mtok=Decimal('9'))),
            ])",
    );
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            let rates = &entry["tiers"][0]["rates"];
            (
                entry["id"].as_str().expect("an id"),
                entry["valid_from"].as_str(),
                entry["valid_to"].as_str(),
                rates["input_text"].as_u64().expect("a rate"),
                rates["output_text"].as_u64().expect("a rate"),
            )
        })
        .collect();
    let (february, march) = (Some("2026-02-01T00:00:00Z"), Some("2026-03-01T00:00:00Z"));
    assert_eq!(
        told,
        [
            ("openai/m:flex@2026-02-01", february, march, 5_000_000, 2_000_000),
            ("openai/m:flex@2026-03-01", march, None, 5_000_000, 4_000_000),
            ("openai/m", None, march, 1_000_000, 2_000_000),
            ("openai/m@2026-03-01", march, None, 3_000_000, 4_000_000),
        ]
    );
}

#[test]
fn what_is_not_understood_makes_no_table() {
    for model in [
        r"ModelInfo(id='m', match=ClauseRegex(regex='^m.+$'), prices=ModelPrice())",
        r"ModelInfo(id='m', match=ClauseEquals(equals='m'), prices=ModelPrice(thoughts_mtok=Decimal('1')))",
        r"ModelInfo(id='m', match=ClauseEquals(equals='m'), prices=ModelPrice(input_mtok=Decimal('0.0000001')))",
    ] {
        let list = list_after(&format!("models = [{model}]"), "models =").expect("a list");
        assert!(
            entries("openai", list[0].call("ModelInfo").expect("a model")).is_err(),
            "{model}"
        );
    }
}
