/* JSON.parse without a reviver, for engine.c, which includes it. The engine's own takes texts for JSON that are not
   (`1.`, `"\1"`), rounds large integers twice, and ends at the end of the stack. RFC 8259. */

/* Containers that are open at once, at most. As Go's, which runc uses. */
#define DEEPEST_JSON 10000

struct json {
    JSContext *ctx;
    const uint8_t *at;
    const uint8_t *end;
    int depth;
};

static JSValue json_value(struct json *json);

static void skip_space(struct json *json)
{
    /* A NUL ends every text. */
    while (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' || *json->at == '\r') json->at++;
}

static JSValue json_error(struct json *json)
{
    return JS_ThrowSyntaxError(json->ctx, "not JSON");
}

/* Steps over a character and the space behind it. Returns whether it is there. */
static int take(struct json *json, uint8_t character)
{
    if (*json->at != character) return 0;
    json->at++;
    skip_space(json);
    return 1;
}

static JSValue json_word(struct json *json, const char *word, JSValue value)
{
    size_t length = strlen(word);
    if (strncmp((const char *)json->at, word, length) != 0) return json_error(json);
    json->at += length;
    return value;
}

static const uint8_t *digits(const uint8_t *at)
{
    while (*at >= '0' && *at <= '9') at++;
    return at;
}

static JSValue json_number(struct json *json)
{
    const uint8_t *start = json->at, *first = start + (*start == '-'), *at = digits(first);
    if (at == first || (*first == '0' && at > first + 1)) return json_error(json);
    int is_short = at - first <= 9 && !(*first == '0' && *start == '-');
    if (*at == '.') {
        const uint8_t *fraction = at + 1;
        at = digits(fraction);
        if (at == fraction) return json_error(json);
        is_short = 0;
    }
    if (*at == 'e' || *at == 'E') {
        const uint8_t *exponent = at + 1 + (at[1] == '+' || at[1] == '-');
        at = digits(exponent);
        if (at == exponent) return json_error(json);
        is_short = 0;
    }
    json->at = at;
    if (!is_short) return JS_NewFloat64(json->ctx, strtod((const char *)start, NULL));
    int32_t number = 0;
    for (; first < at; first++) number = 10 * number + *first - '0';
    return JS_NewInt32(json->ctx, *start == '-' ? -number : number);
}

/* What is behind a backslash; negative when that is nothing. */
static int json_escape(struct json *json)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint8_t kind = *json->at++;
    if (kind != 'u') {
        const char *found = kind == 0 ? NULL : strchr(escapes, kind);
        return found == NULL ? -1 : meanings[found - escapes];
    }
    int unit = 0;
    for (int i = 0; i < 4; i++, json->at++) {
        int digit = from_hex(*json->at);
        if (digit < 0) return -1;
        unit = 16 * unit + digit;
    }
    return unit;
}

/* A string with escapes, or with characters beyond ASCII, from its first character on. */
static JSValue json_long_string(struct json *json)
{
    StringBuffer buffer;
    if (string_buffer_init(json->ctx, &buffer, 0) < 0) return JS_EXCEPTION;
    while (*json->at != '"') {
        int character = *json->at;
        if (character == '\\') {
            json->at++;
            character = json_escape(json);
        } else if (character < 0x20) {
            character = -1;
        } else if (character < 0x80) {
            json->at++;
        } else {
            character = unicode_from_utf8(json->at, UTF8_CHAR_LEN_MAX, &json->at);
        }
        if (character < 0) json_error(json);
        if (character < 0 || string_buffer_putc(&buffer, character) < 0) {
            string_buffer_free(&buffer);
            return JS_EXCEPTION;
        }
    }
    json->at++;
    return string_buffer_end(&buffer);
}

/* Behind the quotation mark: the end of a string that is nothing but ASCII; NULL for another one. */
static const uint8_t *plain_end(const uint8_t *at)
{
    while (*at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') at++;
    return *at == '"' ? at : NULL;
}

static JSValue json_string(struct json *json)
{
    const uint8_t *start = ++json->at, *end = plain_end(start);
    if (end == NULL) return json_long_string(json);
    json->at = end + 1;
    return js_new_string8(json->ctx, start, end - start);
}

static JSAtom json_key(struct json *json)
{
    const uint8_t *start = json->at + 1, *end = plain_end(start);
    if (end != NULL) {
        json->at = end + 1;
        return JS_NewAtomLen(json->ctx, (const char *)start, end - start);
    }
    JSValue key = json_string(json);
    if (JS_IsException(key)) return JS_ATOM_NULL;
    JSAtom atom = JS_ValueToAtom(json->ctx, key);
    JS_FreeValue(json->ctx, key);
    return atom;
}

/* One property. Returns -1 with an exception. */
static int json_property(struct json *json, JSValue object)
{
    JSContext *ctx = json->ctx;
    if (*json->at != '"') return json_error(json), -1;
    JSAtom key = json_key(json);
    if (key == JS_ATOM_NULL) return -1;
    skip_space(json);
    JSValue value = take(json, ':') ? json_value(json) : json_error(json);
    /* Not by assignment: `__proto__` is a key as others. */
    int result = JS_IsException(value) ? -1 : JS_DefinePropertyValue(ctx, object, key, value, JS_PROP_C_W_E);
    JS_FreeAtom(ctx, key);
    return result < 0 ? -1 : 0;
}

static int json_element(struct json *json, JSValue array)
{
    JSValue value = json_value(json);
    if (JS_IsException(value)) return -1;
    return add_fast_array_element(json->ctx, JS_VALUE_GET_OBJ(array), value, 0) < 0 ? -1 : 0;
}

/* An array or an object, with the means to read one of its members. */
static JSValue json_members(struct json *json, uint8_t close, int (*member)(struct json *, JSValue))
{
    JSContext *ctx = json->ctx;
    if (++json->depth > DEEPEST_JSON) return JS_ThrowRangeError(ctx, "exceeded max depth");
    /* JSON.stringify takes several times as much of the stack and does not look how much there is. */
    if (js_check_stack_overflow(ctx->rt, ctx->rt->stack_size / 2)) return JS_ThrowStackOverflow(ctx);
    JSValue whole = close == ']' ? JS_NewArray(ctx) : JS_NewObject(ctx);
    if (JS_IsException(whole)) return whole;
    json->at++;
    skip_space(json);
    if (*json->at != close) {
        do {
            if (member(json, whole) < 0) goto failed;
            skip_space(json);
        } while (take(json, ','));
        if (*json->at != close) {
            json_error(json);
            goto failed;
        }
    }
    json->at++;
    json->depth--;
    return whole;
failed:
    JS_FreeValue(ctx, whole);
    return JS_EXCEPTION;
}

static JSValue json_value(struct json *json)
{
    switch (*json->at) {
    case '{': return json_members(json, '}', json_property);
    case '[': return json_members(json, ']', json_element);
    case '"': return json_string(json);
    case 't': return json_word(json, "true", JS_TRUE);
    case 'f': return json_word(json, "false", JS_FALSE);
    case 'n': return json_word(json, "null", JS_NULL);
    default: return json_number(json);
    }
}

/* `text` has a NUL at its end, and may have others before, which are no JSON. */
static JSValue parse_json(JSContext *ctx, const char *text, size_t length)
{
    struct json json = {ctx, (const uint8_t *)text, (const uint8_t *)text + length, 0};
    skip_space(&json);
    JSValue value = json_value(&json);
    if (JS_IsException(value)) return value;
    skip_space(&json);
    if (json.at == json.end) return value;
    JS_FreeValue(ctx, value);
    return json_error(&json);
}
