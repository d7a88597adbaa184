/* Puts a line of the access log together, of parts that are known (see jotting.py), and adds it to the lines that wait.
 *
 * It writes nothing, and knows no format. What is not known yet, or not plain, it leaves to Python, and says so.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>
#include <structmember.h>
#include <time.h>

typedef struct {
    PyObject_HEAD
    PyObject *lines;    /* a list: those that wait */
    PyObject *requests; /* a dict: what is told of a request, by its Host header */
    PyObject *agents;   /* a dict: what is told of a user agent, by the header's value */
    PyObject *header;   /* bytes: how that header's line begins, its line feed before it */
    PyObject *moment;   /* bytes: the time, as it is told */
    double until;       /* when that is not the time any more, in seconds since 1970 */
    Py_ssize_t most_of_target;
    int begins_with_client;
} Pen;

static int is_over(const Pen *self)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9 >= self->until;
}

/* What is told of the user agent of a head that has its header once; NULL where that is not so, or not known. */
static PyObject *agent_of(const Pen *self, PyObject *head)
{
    const char *begin = PyBytes_AS_STRING(head), *end = begin + PyBytes_GET_SIZE(head);
    const char *header = PyBytes_AS_STRING(self->header);
    Py_ssize_t length = PyBytes_GET_SIZE(self->header);
    const char *at = memmem(begin, end - begin, header, length);
    if (!at)
        return NULL;
    const char *value = at + length, *after = memchr(value, '\r', end - value);
    if (!after || memmem(after, end - after, header, length))
        return NULL;
    PyObject *key = PyBytes_FromStringAndSize(value, after - value);
    if (!key)
        return NULL;
    PyObject *told = PyDict_GetItemWithError(self->agents, key); /* borrowed: the dict is ours, and nobody else runs */
    Py_DECREF(key);
    return told;
}

static char *put(char *at, PyObject *part, Py_ssize_t length)
{
    memcpy(at, PyBytes_AS_STRING(part), length);
    return at + length;
}

static int write_line(const Pen *self, PyObject *const *parts, const Py_ssize_t *lengths, size_t number)
{
    Py_ssize_t length = 0;
    for (size_t at = 0; at < number; at++)
        length += lengths[at];
    PyObject *line = PyBytes_FromStringAndSize(NULL, length);
    if (!line)
        return -1;
    char *at = PyBytes_AS_STRING(line);
    for (size_t part = 0; part < number; part++)
        at = put(at, parts[part], lengths[part]);
    int outcome = PyList_Append(self->lines, line);
    Py_DECREF(line);
    return outcome;
}

/* jot(who, host, target, told, head): how many lines wait then, or 0 where this one is not among them. */
static PyObject *jot(Pen *self, PyObject *const *args, Py_ssize_t number)
{
    if (number != 5)
        return PyErr_Format(PyExc_TypeError, "a line takes 5 parts, not %zd", number);
    for (Py_ssize_t at = 0; at < number; at++)
        if (!PyBytes_CheckExact(args[at]))
            return PyErr_Format(PyExc_TypeError, "a part is bytes, not %.100s", Py_TYPE(args[at])->tp_name);
    PyObject *who = args[0], *host = args[1], *target = args[2], *told = args[3];
    if (is_over(self))
        return PyLong_FromLong(0);
    PyObject *request = PyDict_GetItemWithError(self->requests, host);
    PyObject *agent = request ? agent_of(self, args[4]) : NULL;
    if (!agent)
        return PyErr_Occurred() ? NULL : PyLong_FromLong(0);
    if (!PyBytes_CheckExact(request) || !PyBytes_CheckExact(agent) || !PyBytes_CheckExact(self->moment))
        return PyErr_Format(PyExc_TypeError, "what is told is bytes");
    Py_ssize_t of_target = PyBytes_GET_SIZE(target);
    of_target = of_target > self->most_of_target ? self->most_of_target : of_target;
    PyObject *first = self->begins_with_client ? who : self->moment;
    PyObject *second = self->begins_with_client ? self->moment : who;
    PyObject *const parts[] = {first, second, request, target, told, agent};
    const Py_ssize_t lengths[] = {PyBytes_GET_SIZE(first), PyBytes_GET_SIZE(second), PyBytes_GET_SIZE(request),
                                  of_target, PyBytes_GET_SIZE(told), PyBytes_GET_SIZE(agent)};
    if (write_line(self, parts, lengths, sizeof parts / sizeof *parts) < 0)
        return NULL;
    return PyLong_FromSsize_t(PyList_GET_SIZE(self->lines));
}

static int visit(Pen *self, visitproc visit, void *arg)
{
    Py_VISIT(self->lines);
    Py_VISIT(self->requests);
    Py_VISIT(self->agents);
    return 0;
}

static int clear(Pen *self)
{
    Py_CLEAR(self->lines);
    Py_CLEAR(self->requests);
    Py_CLEAR(self->agents);
    Py_CLEAR(self->header);
    Py_CLEAR(self->moment);
    return 0;
}

static void free_pen(Pen *self)
{
    PyObject_GC_UnTrack(self);
    clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *new_pen(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"lines", "requests", "agents", "header", "most_of_target", "begins_with_client", NULL};
    PyObject *lines, *requests, *agents, *header;
    Py_ssize_t most;
    int begins;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!O!O!Snp", names, &PyList_Type, &lines, &PyDict_Type, &requests,
                                     &PyDict_Type, &agents, &header, &most, &begins))
        return NULL;
    if (most < 0)
        return PyErr_Format(PyExc_ValueError, "no target is shorter than nothing");
    Pen *self = (Pen *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->lines = Py_NewRef(lines);
    self->requests = Py_NewRef(requests);
    self->agents = Py_NewRef(agents);
    self->header = Py_NewRef(header);
    self->moment = PyBytes_FromStringAndSize("", 0);
    self->most_of_target = most;
    self->begins_with_client = begins;
    if (!self->moment)
        return Py_DECREF(self), NULL;
    return (PyObject *)self;
}

/* How the header's line begins from now on: its name may be written in any case. */
static int set_header(Pen *self, PyObject *header, void *Py_UNUSED(closure))
{
    if (!header || !PyBytes_CheckExact(header))
        return PyErr_SetString(PyExc_TypeError, "a header's line is bytes"), -1;
    Py_SETREF(self->header, Py_NewRef(header));
    return 0;
}

static int set_moment(Pen *self, PyObject *moment, void *Py_UNUSED(closure))
{
    if (!moment || !PyBytes_CheckExact(moment))
        return PyErr_SetString(PyExc_TypeError, "a time is told in bytes"), -1;
    Py_SETREF(self->moment, Py_NewRef(moment));
    return 0;
}

static PyMethodDef methods[] = {
    {"jot", (PyCFunction)(void (*)(void))jot, METH_FASTCALL, "How many lines wait then; 0 where this one does not."},
    {NULL, NULL, 0, NULL}};

static PyMemberDef members[] = {{"until", T_DOUBLE, offsetof(Pen, until), 0, "When `moment` is over."},
                                {NULL, 0, 0, 0, NULL}};

static PyGetSetDef settings[] = {{"header", NULL, (setter)set_header, "How the line of the user agent begins.", NULL},
                                 {"moment", NULL, (setter)set_moment, "The time, as it is told.", NULL},
                                 {NULL, NULL, NULL, NULL, NULL}};

static PyTypeObject pen_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.door.pen.Pen",
    .tp_doc = "Puts lines together, and adds them to those that wait.",
    .tp_basicsize = sizeof(Pen),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = new_pen,
    .tp_dealloc = (destructor)free_pen,
    .tp_traverse = (traverseproc)visit,
    .tp_clear = (inquiry)clear,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = settings,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "pen", "Puts lines of the access log together.", -1, NULL,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_pen(void)
{
    PyObject *made = PyModule_Create(&module);
    if (!made || PyModule_AddType(made, &pen_type) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    return made;
}
