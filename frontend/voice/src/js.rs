//! The few browser calls that web-sys lacks or makes long-winded.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// `object[name]`, or `undefined`.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// `object[name]` as a number.
pub fn number(object: &JsValue, name: &str) -> Option<f64> {
    get(object, name).as_f64()
}

/// A plain object of these fields.
pub fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// `target.name(argument)` when there is such a method; its promise.
pub fn call(target: &JsValue, name: &str, argument: &JsValue) -> Option<Promise> {
    get(target, name).dyn_into::<Function>().ok()?.call1(target, argument).ok()?.dyn_into().ok()
}

/// The `name` of an exception, like `NotAllowedError`.
pub fn error_name(error: &JsValue) -> String {
    get(error, "name").as_string().unwrap_or_default()
}
