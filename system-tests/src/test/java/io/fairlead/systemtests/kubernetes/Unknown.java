package io.fairlead.systemtests.kubernetes;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Finds what the types of the API have no field for. They keep it in `additionalProperties`, which each of them has.
final class Unknown {
    private static final String API = "io.fabric8.kubernetes.api.model";

    private Unknown() {}

    static void find(Object value, String path, List<String> faults) {
        if (value instanceof Collection<?> list) {
            int i = 0;
            for (Object item : list) {
                find(item, path + "[" + i++ + "]", faults);
            }
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> find(item, path + "." + key, faults));
        } else if (value != null && value.getClass().getName().startsWith(API)) {
            for (Method getter : value.getClass().getMethods()) {
                if (getter.getName().startsWith("get")
                        && getter.getParameterCount() == 0
                        && getter.getDeclaringClass() != Object.class) {
                    findBehind(getter, value, path, faults);
                }
            }
        }
    }

    private static void findBehind(Method getter, Object owner, String path, List<String> faults) {
        Object value;
        try {
            value = getter.invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(getter.toString(), e);
        }
        String name = Character.toLowerCase(getter.getName().charAt(3))
                + getter.getName().substring(4);
        if (!"additionalProperties".equals(name)) {
            find(value, path + "." + name, faults);
        } else if (value instanceof Map<?, ?> unknown) {
            unknown.forEach(
                    (key, what) -> faults.add(path + "." + key + ": the API has no such field, or not of this type"));
        }
    }
}
