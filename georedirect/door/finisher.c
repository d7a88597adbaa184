/* The last steps of a redirect that was answered before: it is counted, noted in the access log, and put together.
 *
 * finishing.py says the same in Python. Nothing is decided here, and nothing is sent.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { PREPARED, TARGET, CLOSES, WHO, HOST, HEAD, FIELDS, GIVEN };
enum { FIRST, SECOND, HAS_TARGET, CELL, TOLD, PARTS_OF_PREPARED };

typedef struct {
    PyObject_HEAD
    Py_buffer cells;          /* of 8 octets each */
    PyObject *open, *closing; /* lists of bytes: the second halves */
    PyObject *jot;            /* notes a request for which something is told */
} Finisher;

static int jot(const Finisher *self, PyObject *const *args, PyObject *told)
{
    PyObject *const line[] = {args[WHO], args[HOST], args[TARGET], told, args[HEAD], args[FIELDS]};
    PyObject *outcome = PyObject_Vectorcall(self->jot, line, sizeof line / sizeof *line, NULL);
    Py_XDECREF(outcome);
    return outcome ? 0 : -1;
}

/* Note a request of HTTP/1.1; on a connection that closes it may have been of 1.0. */
static int note(const Finisher *self, PyObject *const *args, PyObject *told)
{
    const char *head = PyBytes_AS_STRING(args[HEAD]);
    Py_ssize_t at = PyBytes_GET_SIZE(args[TARGET]) + 10;
    int is_old = args[CLOSES] == Py_True && at + 3 <= PyBytes_GET_SIZE(args[HEAD]) && !memcmp(head + at, "1.0", 3);
    if (!is_old)
        return jot(self, args, told);
    PyObject *of_old = PyObject_CallMethod(told, "replace", "yyi", "1.1", "1.0", 1);
    int outcome = of_old ? jot(self, args, of_old) : -1;
    Py_XDECREF(of_old);
    return outcome;
}

/* Called before the request is noted, which may call Python: `second` is but borrowed from a list that changes. */
static PyObject *join(PyObject *first, PyObject *target, PyObject *second)
{
    Py_ssize_t before = PyBytes_GET_SIZE(first), between = target ? PyBytes_GET_SIZE(target) : 0;
    Py_ssize_t after = PyBytes_GET_SIZE(second);
    PyObject *whole = PyBytes_FromStringAndSize(NULL, before + between + after);
    if (!whole)
        return NULL;
    char *at = PyBytes_AS_STRING(whole);
    memcpy(at, PyBytes_AS_STRING(first), before);
    if (target)
        memcpy(at + before, PyBytes_AS_STRING(target), between);
    memcpy(at + before + between, PyBytes_AS_STRING(second), after);
    return whole;
}

static int are_right(PyObject *const *args, Py_ssize_t number)
{
    static const int bytes[] = {TARGET, WHO, HOST, HEAD};
    if (number != GIVEN || !PyTuple_CheckExact(args[PREPARED]) || PyTuple_GET_SIZE(args[PREPARED]) != PARTS_OF_PREPARED)
        return 0;
    for (size_t at = 0; at < sizeof bytes / sizeof *bytes; at++)
        if (!PyBytes_CheckExact(args[bytes[at]]))
            return 0;
    return PyBytes_CheckExact(PyTuple_GET_ITEM(args[PREPARED], FIRST)) &&
           PyBytes_CheckExact(PyTuple_GET_ITEM(args[PREPARED], TOLD));
}

static PyObject *finish(Finisher *self, PyObject *const *args, Py_ssize_t number)
{
    if (!are_right(args, number))
        return PyErr_SetString(PyExc_TypeError, "these are no parts of a redirect"), NULL;
    PyObject *prepared = args[PREPARED];
    Py_ssize_t second = PyLong_AsSsize_t(PyTuple_GET_ITEM(prepared, SECOND));
    Py_ssize_t cell = PyLong_AsSsize_t(PyTuple_GET_ITEM(prepared, CELL));
    if (PyErr_Occurred())
        return NULL;
    if (second < 0)
        Py_RETURN_NONE;
    PyObject *halves = args[CLOSES] == Py_True ? self->closing : self->open;
    if (second >= PyList_GET_SIZE(halves) || cell < 0 || cell >= self->cells.len / self->cells.itemsize)
        return PyErr_SetString(PyExc_IndexError, "there is no such half, or no such cell"), NULL;
    PyObject *half = PyList_GET_ITEM(halves, second);
    if (!PyBytes_CheckExact(half))
        return PyErr_SetString(PyExc_TypeError, "a half is bytes"), NULL;
    ((uint64_t *)self->cells.buf)[cell]++;
    PyObject *target = PyTuple_GET_ITEM(prepared, HAS_TARGET) == Py_True ? args[TARGET] : NULL;
    PyObject *whole = join(PyTuple_GET_ITEM(prepared, FIRST), target, half);
    PyObject *told = PyTuple_GET_ITEM(prepared, TOLD);
    if (whole && PyBytes_GET_SIZE(told) && note(self, args, told) < 0)
        Py_CLEAR(whole);
    return whole;
}

static int visit(Finisher *self, visitproc visit, void *arg)
{
    Py_VISIT(self->open);
    Py_VISIT(self->closing);
    Py_VISIT(self->jot);
    return 0;
}

static int clear(Finisher *self)
{
    Py_CLEAR(self->open);
    Py_CLEAR(self->closing);
    Py_CLEAR(self->jot);
    return 0;
}

static void free_finisher(Finisher *self)
{
    PyObject_GC_UnTrack(self);
    clear(self);
    PyBuffer_Release(&self->cells);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *new_finisher(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"cells", "open_", "closing", "jot", NULL};
    PyObject *cells, *open, *closing, *jot;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO!O!O", names, &cells, &PyList_Type, &open, &PyList_Type,
                                     &closing, &jot))
        return NULL;
    Finisher *self = (Finisher *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->open = Py_NewRef(open);
    self->closing = Py_NewRef(closing);
    self->jot = Py_NewRef(jot);
    if (PyObject_GetBuffer(cells, &self->cells, PyBUF_CONTIG) < 0)
        return Py_DECREF(self), NULL;
    if (self->cells.itemsize != sizeof(uint64_t)) {
        PyErr_SetString(PyExc_TypeError, "a cell has 8 octets");
        return Py_DECREF(self), NULL;
    }
    return (PyObject *)self;
}

static PyMethodDef methods[] = {
    {"finish", (PyCFunction)(void (*)(void))finish, METH_FASTCALL, "The whole answer, or None where that is none."},
    {NULL, NULL, 0, NULL}};

static PyTypeObject finisher_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.door.finisher.Finisher",
    .tp_doc = "Counts redirects, notes them, and puts them together.",
    .tp_basicsize = sizeof(Finisher),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = new_finisher,
    .tp_dealloc = (destructor)free_finisher,
    .tp_traverse = (traverseproc)visit,
    .tp_clear = (inquiry)clear,
    .tp_methods = methods,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "finisher", "The last steps of a redirect.", -1, NULL,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_finisher(void)
{
    PyObject *made = PyModule_Create(&module);
    if (!made || PyModule_AddType(made, &finisher_type) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    return made;
}
