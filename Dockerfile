# All images of the suite. `docker compose build` makes them; one alone:
#
#     docker build --build-arg SERVICE=gateway --tag fairlead/gateway .      registry, gateway or worker
#     docker build --target cli --tag fairlead/cli .
#
# Written for BuildKit and for the classic builder, hence no mounts at RUN.

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
# What is downloaded depends on the POMs alone, and is kept until one of them changes.
COPY pom.xml ./
COPY spring-integration-netty/pom.xml spring-integration-netty/
COPY wire/pom.xml wire/
COPY link/pom.xml link/
COPY client/pom.xml client/
COPY starter/pom.xml starter/
COPY admin/pom.xml admin/
COPY gateway-service/pom.xml gateway-service/
COPY registry-service/pom.xml registry-service/
COPY worker-service/pom.xml worker-service/
COPY cli/pom.xml cli/
COPY test-support/pom.xml test-support/
COPY testcontainers/pom.xml testcontainers/
COPY benchmarks/pom.xml benchmarks/
COPY system-tests/pom.xml system-tests/
ENV MVN="mvn -B -q -P !format -Dmaven.test.skip -Djacoco.skip -pl registry-service,gateway-service,worker-service,cli -am"
RUN $MVN -Dmaven.main.skip -Dspring-boot.repackage.skip package
COPY spring-integration-netty spring-integration-netty
COPY wire wire
COPY link link
COPY client client
COPY starter starter
COPY admin admin
COPY gateway-service gateway-service
COPY registry-service registry-service
COPY worker-service worker-service
COPY cli cli
RUN $MVN package \
    && mkdir /cli && cp -r cli/target/lib /cli/ && cp cli/target/fairlead-cli-*.jar /cli/fairlead.jar


FROM eclipse-temurin:25-jre AS cli
LABEL org.opencontainers.image.title="Fairlead command line" \
      org.opencontainers.image.version="0.1.0-SNAPSHOT" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /cli /app
COPY docker/make-secrets /app/
USER 10001:10001
# A command makes a handful of connections, and needs no native library for them.
ENTRYPOINT ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:MaxRAMPercentage=50", \
    "-Dio.netty.transport.noNative=true", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-jar", "/app/fairlead.jar"]


FROM build AS layers
ARG SERVICE
RUN java -Djarmode=tools -jar $SERVICE-service/target/fairlead-$SERVICE-*-app.jar extract --layers --destination /layers \
    && mv /layers/application/*.jar /layers/application/app.jar
# Native libraries lie in the image. Unpacked at each start they would need a /tmp that one may execute from.
RUN mkdir /native /tmp/jars && cd /tmp/jars && arch=$(uname -m) \
    && netty=$(echo "$arch" | sed s/aarch64/aarch_64/) \
    && for jar in /layers/dependencies/lib/*-linux-*.jar /layers/dependencies/lib/sqlite-jdbc-*.jar; do \
        [ ! -f "$jar" ] || jar xf "$jar"; done \
    && find . \( -name "libnetty*_$netty.so" -o -path "*/Linux/$arch/*.so" \) -exec mv {} /native \; \
    && ls /native/libnetty*


FROM eclipse-temurin:25-jre AS service
ARG SERVICE
LABEL org.opencontainers.image.title="Fairlead $SERVICE" \
      org.opencontainers.image.version="0.1.0-SNAPSHOT" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=layers /layers/dependencies/ /app/
COPY --from=layers /native /app/native
COPY docker/java.options docker/healthcheck docker/rehearse /app/
COPY --from=layers /layers/snapshot-dependencies/ /app/
COPY --from=layers /layers/application/ /app/
# Later starts take half of the time (benchmarks/run start).
RUN mkdir /tmp/rehearsal && cd /tmp/rehearsal && bash /app/rehearse /app/app.aot \
    && rm -rf /tmp/rehearsal /tmp/tomcat* /tmp/hsperfdata* /app/rehearse
COPY docker/application.yml /app/config/
# What survives four collections stays: by default, each of the first fifteen would copy all that a start has made.
ENV SPRING_CONFIG_LOCATION=classpath:/,file:/app/config/,optional:file:/etc/fairlead/ \
    JDK_JAVA_OPTIONS="-XX:+UseSerialGC -XX:MaxTenuringThreshold=4 -XX:MaxRAMPercentage=35"
RUN mkdir /var/lib/fairlead && chown 10001:10001 /var/lib/fairlead
WORKDIR /var/lib/fairlead
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=5s --start-period=120s --retries=3 CMD ["bash", "/app/healthcheck"]
ENTRYPOINT ["java", "@/app/java.options", "-XX:AOTCache=/app/app.aot", "-jar", "/app/app.jar"]
