/* Reads a request's head in one pass, for the short way (see lane.py): what is wanted of a head that holds nothing
 * unusual. Judges no request: of whatever it was not made for it says None, and llhttp has the word.
 *
 * What it takes is a part of what llhttp takes: one whole GET of HTTP/1.1, a target of a path and query that pass octet
 * for octet (see visitor/target.py), header lines that end in CR LF, and nothing that has to do with framing, with a
 * body, or with how the connection goes on.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define MOST_WANTED 64
#define LONGEST_NAME 64
#define LONGEST_FRAMING 31 /* each length is a bit */
#define PLACES 4096
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What stands for values of a header. It holds them, so there is less memory to look at; and as each has but one place
 * in which to stand, some are forgotten when there are many. */
typedef struct {
    PyObject_HEAD
    struct {
        PyObject *told;      /* bytes, or NULL */
        uint32_t at, length; /* where in it the value is */
    } places[PLACES];
} Glossary;

typedef struct wanted {
    struct wanted *next; /* of a name as long, or NULL */
    PyObject *name;      /* bytes, in lower case */
    PyObject *key;       /* bytes: under which it is found */
    PyObject *unless;    /* a tuple of bytes: values with which it counts as not there */
    PyObject *having;    /* a tuple of bytes: of which its value must hold one; where empty, it may be any */
    Glossary *glossary;  /* what stands there for its value is wanted instead; NULL for the value itself */
} Wanted;

typedef struct {
    PyObject_HEAD
    Py_ssize_t most_octets, most_of_target, most_headers;
    Wanted *first[LONGEST_NAME]; /* of those whose names are so long, or NULL */
    Py_ssize_t number;
    Wanted wanted[MOST_WANTED];
} Scanner;

enum { TOKEN = 1, TARGET = 2, VALUE = 4, HEX = 8 };
static unsigned char is[256], lower[256];
static PyObject *nothing; /* b"" */

/* On these headers framing, bodies or the connection's future may depend. */
#define NAME(text) {text, sizeof text - 1}
static const struct {
    const char *name;
    Py_ssize_t length;
} framing[] = {NAME("content-length"), NAME("transfer-encoding"), NAME("upgrade"), NAME("expect"), NAME("keep-alive"),
               NAME("proxy-connection"), NAME("te"), NAME("trailer"), NAME("http2-settings")};
static unsigned framing_lengths; /* bit by bit */

static void fill_tables(void)
{
    for (size_t at = 0; at < COUNT(framing); at++)
        framing_lengths |= 1u << framing[at].length;
    for (int octet = 0; octet < 256; octet++) {
        lower[octet] = octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
        int is_alphanumeric = (octet >= '0' && octet <= '9') || (lower[octet] >= 'a' && lower[octet] <= 'z');
        int is_hexadecimal = (octet >= '0' && octet <= '9') || (lower[octet] >= 'a' && lower[octet] <= 'f');
        int is_value = octet == '\t' || (octet >= ' ' && octet != 0x7f);
        is[octet] = (is_alphanumeric ? TOKEN | TARGET : 0) | (is_value ? VALUE : 0) | (is_hexadecimal ? HEX : 0);
    }
    for (const char *octet = "!#$%&'*+-.^_`|~"; *octet; octet++)
        is[(unsigned char)*octet] |= TOKEN;
    for (const char *octet = "-._~!$&'()*+,;=:@/?"; *octet; octet++)
        is[(unsigned char)*octet] |= TARGET;
}

static int is_same(const unsigned char *octets, const char *name, Py_ssize_t length)
{
    for (Py_ssize_t at = 0; at < length; at++)
        if (lower[octets[at]] != (unsigned char)name[at])
            return 0;
    return 1;
}

static int is_framing(const unsigned char *name, Py_ssize_t length)
{
    if (length > LONGEST_FRAMING || !(framing_lengths >> length & 1))
        return 0;
    for (size_t at = 0; at < COUNT(framing); at++)
        if (length == framing[at].length && is_same(name, framing[at].name, length))
            return 1;
    return 0;
}

/* The end of the target that begins here, or NULL. */
static const unsigned char *after_target(const unsigned char *at, const unsigned char *end)
{
    for (; at < end; at++) {
        if (is[*at] & TARGET)
            continue;
        if (*at == '%' && end - at > 2 && is[at[1]] & HEX && is[at[2]] & HEX) {
            at += 2;
            continue;
        }
        return *at == ' ' ? at : NULL;
    }
    return NULL;
}

static int are_values(const unsigned char *at, const unsigned char *end)
{
    unsigned char wrong = 0;
    for (; at < end; at++) /* written so that a compiler can take many octets at once */
        wrong |= (*at < ' ' && *at != '\t') | (*at == 0x7f);
    return !wrong;
}

static int is_one_of(PyObject *values, const char *value, Py_ssize_t length)
{
    while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
        length--;
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(values); at++) {
        PyObject *one = PyTuple_GET_ITEM(values, at);
        if (PyBytes_GET_SIZE(one) == length && !memcmp(PyBytes_AS_STRING(one), value, length))
            return 1;
    }
    return 0;
}

static int has_one_of(PyObject *parts, const char *value, Py_ssize_t length)
{
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(parts); at++) {
        PyObject *one = PyTuple_GET_ITEM(parts, at);
        if (memmem(value, length, PyBytes_AS_STRING(one), PyBytes_GET_SIZE(one)))
            return 1;
    }
    return 0;
}

/* Where a value has its place. */
static size_t place_of(const char *octets, Py_ssize_t length)
{
    const uint64_t odd = 0x9e3779b97f4a7c15;
    uint64_t mixed = length, other = 0, some[2];
    for (; length >= 16; octets += 16, length -= 16) { /* in two strands, as a processor works on both at once */
        memcpy(some, octets, 16);
        mixed = (mixed ^ some[0]) * odd;
        mixed ^= mixed >> 32;
        other = (other ^ some[1]) * odd;
        other ^= other >> 32;
    }
    memset(some, 0, 16);
    memcpy(some, octets, length);
    return ((mixed ^ some[0]) * odd ^ (other ^ some[1]) * (odd << 1 | 1)) >> 40 & (PLACES - 1);
}

/* What stands for a value, borrowed: no octets, where nothing does. */
static PyObject *told_of(const Glossary *self, const char *octets, Py_ssize_t length)
{
    size_t place = place_of(octets, length);
    PyObject *told = self->places[place].told;
    int is_it = told && self->places[place].length == length &&
                !memcmp(PyBytes_AS_STRING(told) + self->places[place].at, octets, length);
    return is_it ? told : nothing;
}

static PyObject *learn(Glossary *self, PyObject *args)
{
    PyObject *value, *told;
    if (!PyArg_ParseTuple(args, "SS", &value, &told))
        return NULL;
    const char *octets = PyBytes_AS_STRING(value), *begin = PyBytes_AS_STRING(told);
    Py_ssize_t length = PyBytes_GET_SIZE(value);
    const char *held = memmem(begin, PyBytes_GET_SIZE(told), octets, length);
    if (held && PyBytes_GET_SIZE(told) <= UINT32_MAX) {
        size_t place = place_of(octets, length);
        self->places[place].at = held - begin;
        self->places[place].length = length;
        Py_XSETREF(self->places[place].told, Py_NewRef(told));
    }
    Py_RETURN_NONE;
}

static void free_glossary(Glossary *self)
{
    for (size_t at = 0; at < PLACES; at++)
        Py_XDECREF(self->places[at].told);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef methods_of_a_glossary[] = {
    {"learn", (PyCFunction)learn, METH_VARARGS, "What stands for a header's value from now on, if it holds that."},
    {NULL, NULL, 0, NULL}};

static PyTypeObject glossary_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.door.native.Glossary",
    .tp_doc = "What stands for values of a header. It forgets some when there are many.",
    .tp_basicsize = sizeof(Glossary),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_dealloc = (destructor)free_glossary,
    .tp_methods = methods_of_a_glossary,
};

enum { GOES_ON, TO_LLHTTP, FAILED };

static int put(PyObject *fields, PyObject *key, PyObject *value)
{
    Py_ssize_t before = PyDict_GET_SIZE(fields);
    if (PyDict_SetItem(fields, key, value) < 0)
        return FAILED;
    return PyDict_GET_SIZE(fields) == before ? TO_LLHTTP : GOES_ON; /* where it is there twice */
}

/* Put a header into `fields` if its value counts: that in lower case. */
static int take_value(const Wanted *wanted, PyObject *fields, const unsigned char *value, Py_ssize_t length)
{
    PyObject *low = PyBytes_FromStringAndSize(NULL, length);
    if (!low)
        return FAILED;
    char *octets = PyBytes_AS_STRING(low);
    for (Py_ssize_t octet = 0; octet < length; octet++)
        octets[octet] = (char)lower[value[octet]];
    int counts = !is_one_of(wanted->unless, octets, length) &&
                 (!PyTuple_GET_SIZE(wanted->having) || has_one_of(wanted->having, octets, length));
    int outcome = counts ? put(fields, wanted->key, low) : GOES_ON;
    Py_DECREF(low);
    return outcome;
}

/* Put a header into `fields` if it is wanted; its value is looked at without the blanks before it. */
static int take(Scanner *self, PyObject *fields, const unsigned char *name, Py_ssize_t length,
                const unsigned char *value, const unsigned char *end)
{
    for (const Wanted *wanted = self->first[length]; wanted; wanted = wanted->next) {
        if (!is_same(name, PyBytes_AS_STRING(wanted->name), length))
            continue;
        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        int outcome = wanted->glossary
                          ? put(fields, wanted->key, told_of(wanted->glossary, (const char *)value, end - value))
                          : take_value(wanted, fields, value, end - value);
        if (outcome != GOES_ON)
            return outcome;
    }
    return GOES_ON;
}

static int take_lines(Scanner *self, PyObject *fields, const unsigned char *at, const unsigned char *end)
{
    for (Py_ssize_t left = self->most_headers;; left--) {
        if (end - at == 2) /* the empty line is the last, as the head ends in it */
            return at[0] == '\r' && at[1] == '\n' ? GOES_ON : TO_LLHTTP;
        const unsigned char *name = at;
        while (at < end && is[*at] & TOKEN)
            at++;
        Py_ssize_t length = at - name;
        if (!left || !length || at == end || *at != ':')
            return TO_LLHTTP;
        const unsigned char *value = ++at;
        at = memchr(at, '\r', end - at);
        if (!at || end - at < 4 || at[1] != '\n' || !are_values(value, at))
            return TO_LLHTTP;
        if (is_framing(name, length))
            return TO_LLHTTP;
        if (length == 10 && is_same(name, "connection", 10)) {
            while (*value == ' ')
                value++;
            if (at - value != 10 || !is_same(value, "keep-alive", 10))
                return TO_LLHTTP;
        } else if (length < LONGEST_NAME) {
            int outcome = take(self, fields, name, length, value, at);
            if (outcome != GOES_ON)
                return outcome;
        }
        at += 2;
    }
}

static PyObject *scan(Scanner *self, PyObject *data)
{
    static const char get[] = "GET /", version[] = " HTTP/1.1\r\n";
    if (!PyBytes_CheckExact(data))
        return PyErr_Format(PyExc_TypeError, "a head is bytes, not %.100s", Py_TYPE(data)->tp_name);
    const unsigned char *octets = (const unsigned char *)PyBytes_AS_STRING(data);
    Py_ssize_t size = PyBytes_GET_SIZE(data);
    const unsigned char *end = octets + size;
    if (size > self->most_octets || size < 18 || memcmp(octets, get, 5))
        Py_RETURN_NONE;
    const unsigned char *target = octets + 4, *space = after_target(target, end);
    if (!space || space - target > self->most_of_target || end - space < 13 || memcmp(space, version, 11))
        Py_RETURN_NONE;
    PyObject *fields = PyDict_New();
    if (!fields)
        return NULL;
    int outcome = take_lines(self, fields, space + 11, end);
    PyObject *found = NULL;
    if (outcome == GOES_ON) {
        PyObject *copy = PyBytes_FromStringAndSize((const char *)target, space - target);
        found = copy ? PyTuple_Pack(2, copy, fields) : NULL;
        Py_XDECREF(copy);
    } else if (outcome == TO_LLHTTP) {
        found = Py_NewRef(Py_None);
    }
    Py_DECREF(fields);
    return found;
}

static void free_scanner(Scanner *self)
{
    for (Py_ssize_t at = 0; at < self->number; at++) {
        Py_DECREF(self->wanted[at].name);
        Py_DECREF(self->wanted[at].key);
        Py_DECREF(self->wanted[at].unless);
        Py_DECREF(self->wanted[at].having);
        Py_XDECREF(self->wanted[at].glossary);
    }
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int are_bytes(PyObject *values)
{
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(values); at++)
        if (!PyBytes_CheckExact(PyTuple_GET_ITEM(values, at)))
            return 0;
    return 1;
}

static int want(Scanner *self, PyObject *item)
{
    PyObject *name, *unless, *having, *glossary = Py_None, *key = NULL;
    if (!PyTuple_Check(item))
        return PyErr_SetString(PyExc_TypeError, "what is wanted is a tuple"), 0;
    if (!PyArg_ParseTuple(item, "SO!O!|OS", &name, &PyTuple_Type, &unless, &PyTuple_Type, &having, &glossary,
                          &key))
        return 0;
    if (!are_bytes(unless) || !are_bytes(having))
        return PyErr_SetString(PyExc_TypeError, "values are bytes"), 0;
    if (glossary != Py_None && !Py_IS_TYPE(glossary, &glossary_type))
        return PyErr_SetString(PyExc_TypeError, "a glossary is one, or None"), 0;
    if (PyBytes_GET_SIZE(name) >= LONGEST_NAME || self->number == MOST_WANTED)
        return PyErr_SetString(PyExc_ValueError, "too many names, or one that is too long"), 0;
    Glossary *held = glossary == Py_None ? NULL : (Glossary *)Py_NewRef(glossary);
    Wanted *wanted = self->wanted + self->number++, **first = self->first + PyBytes_GET_SIZE(name);
    key = key && PyBytes_GET_SIZE(key) ? key : name;
    *wanted = (Wanted){*first, Py_NewRef(name), Py_NewRef(key), Py_NewRef(unless), Py_NewRef(having), held};
    *first = wanted;
    return 1;
}

static PyObject *new_scanner(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"wanted", "most_octets", "most_of_target", "most_headers", NULL};
    PyObject *wanted;
    Py_ssize_t octets, of_target, headers;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!nnn", names, &PyTuple_Type, &wanted, &octets, &of_target,
                                     &headers))
        return NULL;
    Scanner *self = (Scanner *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->most_octets = octets;
    self->most_of_target = of_target;
    self->most_headers = headers;
    for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(wanted); at++)
        if (!want(self, PyTuple_GET_ITEM(wanted, at)))
            return Py_DECREF(self), NULL;
    return (PyObject *)self;
}

static PyMethodDef methods[] = {{"scan", (PyCFunction)scan, METH_O, "The target and the wanted headers, or None."},
                                {NULL, NULL, 0, NULL}};

static PyTypeObject scanner_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.door.native.Scanner",
    .tp_doc = "What is wanted of a head: names, each with values that do not count, parts of which it must hold one, "
              "and perhaps a glossary and a key.",
    .tp_basicsize = sizeof(Scanner),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = new_scanner,
    .tp_dealloc = (destructor)free_scanner,
    .tp_methods = methods,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", "Reads a request's head in one pass.", -1, NULL,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_native(void)
{
    fill_tables();
    nothing = PyBytes_FromStringAndSize("", 0);
    PyObject *made = nothing ? PyModule_Create(&module) : NULL;
    if (!made || PyModule_AddType(made, &glossary_type) < 0 || PyModule_AddType(made, &scanner_type) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    return made;
}
