CROSS JOIN LATERAL (
    SELECT json_build_object(
        'nodes', coalesce(json_agg(json_build_object(
            'id', 'TreatmentOutcome:' || o.id,
            'expectedEffect', o.expected_effect,
            'grade', o.grade,
            'certainty', o.certainty,
            'evidenceLevel', o.evidence_level,
            'responseVariability', o.response_variability,
            'condition', json_build_object('id', 'Condition:' || c.id, 'name', c.name),
            'sources', json_build_object('nodes', coalesce(s.nodes, '[]'))
        ) ORDER BY o.position, o.id), '[]'),
        'pageInfo', json_build_object(
            'hasNextPage', EXISTS (
                SELECT FROM treatment_outcome AS next
                WHERE next.procedure_id = p.id
                    AND (next.position, next.id) > (max(o.position), (array_agg(o.id ORDER BY o.position DESC, o.id DESC))[1])
            ),
            'endCursor', {cursor_of_outcome}
        )
    ) AS page
    FROM (
        SELECT id, position, condition_id, expected_effect, grade, certainty, evidence_level, response_variability, sources
        FROM treatment_outcome WHERE procedure_id = p.id ORDER BY position, id LIMIT $2
    ) AS o
    JOIN condition AS c ON c.id = o.condition_id
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('title', s.title, 'year', s.year) ORDER BY cited.place) AS nodes
        FROM json_array_elements_text(o.sources) WITH ORDINALITY AS cited(id, place)
        JOIN source AS s ON s.id = cited.id::bigint
        WHERE cited.place <= $3
    ) AS s
) AS outcomes
