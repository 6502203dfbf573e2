package dev.sandkeep.cli.host;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * Takes over signals that this process receives.
 *
 * <p>{@code sun.misc.Signal} (module {@code jdk.unsupported}) is the only way to them; it is reached by reflection
 * because javac warns of every mention of it, and warnings are errors here.
 */
public final class ProcessSignals {
    /**
     * A signal as the JVM names it.
     *
     * @param name without {@code SIG}, e.g. {@code INT}
     * @param number on this machine
     */
    public record Received(String name, int number) {}

    private ProcessSignals() {}

    /** From now on calls {@code handler}, on a thread of its own for each, instead of what these signals did. */
    public static void handle(List<String> names, Consumer<Received> handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Method numberOf = signalType.getMethod("getNumber");
            Method nameOf = signalType.getMethod("getName");
            Method handle = signalType.getMethod("handle", signalType, handlerType);
            ProcessSignals signals = new ProcessSignals();
            Object proxy = Proxy.newProxyInstance(
                    handlerType.getClassLoader(), new Class<?>[] {handlerType}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            Object signal = arguments[0];
                            handler.accept(new Received((String) nameOf.invoke(signal), (int) numberOf.invoke(signal)));
                            return null;
                        }
                        // toString, hashCode and equals, which nothing here asks for
                        return method.invoke(signals, arguments);
                    });
            for (String name : names) {
                Object signal = signalType.getConstructor(String.class).newInstance(name);
                handle.invoke(null, signal, proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM offers no signals", e);
        }
    }
}
